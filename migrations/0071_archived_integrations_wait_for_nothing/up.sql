-- Archiving an integration takes away what its records wait for, and ends its syncs.
INSERT INTO service_grants (role_name, table_name, privileges) VALUES
    ('geniacs_gateway', 'waiting_references', 'SELECT, DELETE');
SELECT apply_service_grants();

DELETE FROM waiting_references w USING geniacs_integrations i WHERE i.id = w.integration_id AND i.archived_at IS NOT NULL;

UPDATE geniacs_data_sync s SET status = 'cancelled', error_type = 'integration_archived',
    error_message = 'cancelled because its integration was archived', completed_at = geniacs_now(), next_retry_at = NULL
FROM geniacs_integrations i
WHERE i.id = s.integration_id AND i.archived_at IS NOT NULL AND s.status IN ('pending', 'processing');

UPDATE sync_chunks c SET state = 'dropped' FROM geniacs_integrations i
WHERE i.id = c.integration_id AND i.archived_at IS NOT NULL AND c.state = 'open';
