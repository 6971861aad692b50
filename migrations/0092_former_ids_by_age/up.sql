-- Former ids go with the retention of webhook events: what tells of them then would tell of too old a time.
CREATE INDEX former_ids_since ON former_ids (since);

INSERT INTO service_grants (role_name, table_name, privileges) VALUES ('geniacs_scheduler', 'former_ids', 'SELECT, DELETE');
SELECT apply_service_grants();
