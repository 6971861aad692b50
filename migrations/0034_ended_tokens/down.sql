DELETE FROM service_grants WHERE (role_name, table_name) = ('geniacs_scheduler', 'api_tokens');
