DELETE FROM service_grants WHERE table_name = 'failed_logins';
DROP TABLE failed_logins;
