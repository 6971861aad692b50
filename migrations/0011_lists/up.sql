-- The lists that may grow long are read newest first, by (created_at, id), and for one integration at a time: a list of
-- all is merged from the first rows of each. So every index begins with the integration, then has the filter, and ends
-- with the order.
CREATE INDEX syncs_of_integration ON geniacs_data_sync (integration_id, created_at, id);
CREATE INDEX syncs_of_entity ON geniacs_data_sync (integration_id, entity_type, created_at, id);
CREATE INDEX syncs_of_type ON geniacs_data_sync (integration_id, sync_type, created_at, id);
CREATE INDEX syncs_of_status ON geniacs_data_sync (integration_id, status, created_at, id);
DROP INDEX idx_sync_integration;

CREATE INDEX logs_of_integration ON geniacs_sync_logs (integration_id, created_at, id);
CREATE INDEX logs_of_level ON geniacs_sync_logs (integration_id, log_level, created_at, id);
CREATE INDEX logs_of_sync ON geniacs_sync_logs (sync_id, created_at, id) WHERE sync_id IS NOT NULL;
DROP INDEX idx_logs_integration;
DROP INDEX idx_logs_sync;

CREATE INDEX webhook_events_of_integration ON geniacs_webhook_events (integration_id, created_at, id);
CREATE INDEX webhook_events_of_type ON geniacs_webhook_events (integration_id, event_type, created_at, id);
-- Nearly all events are processed in the end; only the others are worth an index of their own.
CREATE INDEX webhook_events_of_state ON geniacs_webhook_events (integration_id, state, created_at, id)
    WHERE state IN ('received', 'superseded', 'failed', 'set_aside');
DROP INDEX idx_webhooks_integration;

-- A retry takes the failed records of a sync in this order.
CREATE INDEX record_errors_by_record ON sync_record_errors (sync_id, record_id) WHERE record_id IS NOT NULL;
CREATE INDEX record_errors_by_geniacs_id ON sync_record_errors (sync_id, geniacs_id) WHERE geniacs_id IS NOT NULL;
