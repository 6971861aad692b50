DELETE FROM service_grants WHERE table_name = 'running_services';
DROP TABLE running_services;
