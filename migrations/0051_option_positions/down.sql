DELETE FROM service_grants WHERE table_name = 'sync_option_positions';
DROP TABLE sync_option_positions;
