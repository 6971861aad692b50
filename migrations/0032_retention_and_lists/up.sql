-- How long rows are kept, where a person decided it: stronger than the settings of the services. One row; a null is
-- what the settings say.
CREATE TABLE retention_settings (
    only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    log_days int CHECK (log_days BETWEEN 1 AND 3650),
    webhook_events_days int CHECK (webhook_events_days BETWEEN 1 AND 3650),
    syncs_days int CHECK (syncs_days BETWEEN 1 AND 3650),
    monitoring_months int CHECK (monitoring_months BETWEEN 1 AND 120),
    audit_days int CHECK (audit_days BETWEEN 0 AND 36500),
    version int NOT NULL DEFAULT 1,
    updated_at timestamptz NOT NULL DEFAULT geniacs_now()
);
INSERT INTO retention_settings DEFAULT VALUES;

-- A run whose partner is held back is shown as pending, so a list of what is pending or processing looks at both; there
-- are few of them.
CREATE INDEX syncs_under_way ON geniacs_data_sync (integration_id, created_at, id) WHERE status IN ('pending', 'processing');

-- Nothing reads log rows of all integrations by time alone, and the planner took it for lists of small integrations, whose
-- rows it then looked for among all others.
DROP INDEX idx_logs_created;

INSERT INTO service_grants (role_name, table_name, privileges) VALUES
    ('geniacs_gateway', 'retention_settings', 'SELECT, UPDATE'),
    ('geniacs_gateway', 'worker_backlog', 'SELECT'),
    ('geniacs_scheduler', 'retention_settings', 'SELECT');
SELECT apply_service_grants();
