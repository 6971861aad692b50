DELETE FROM service_grants WHERE table_name = 'geniacs_fields_seen';
DROP TABLE geniacs_fields_seen;
