DROP INDEX record_errors_by_geniacs_id, record_errors_by_record;
CREATE INDEX idx_webhooks_integration ON geniacs_webhook_events (integration_id, id DESC);
DROP INDEX webhook_events_of_state, webhook_events_of_type, webhook_events_of_integration;
CREATE INDEX idx_logs_sync ON geniacs_sync_logs (sync_id, id DESC) WHERE sync_id IS NOT NULL;
CREATE INDEX idx_logs_integration ON geniacs_sync_logs (integration_id, id DESC);
DROP INDEX logs_of_sync, logs_of_level, logs_of_integration;
CREATE INDEX idx_sync_integration ON geniacs_data_sync (integration_id, id DESC);
DROP INDEX syncs_of_status, syncs_of_type, syncs_of_entity, syncs_of_integration;
