DELETE FROM service_grants WHERE table_name IN ('retention_settings', 'worker_backlog');
CREATE INDEX idx_logs_created ON geniacs_sync_logs (created_at);
DROP INDEX syncs_under_way;
DROP TABLE retention_settings;
