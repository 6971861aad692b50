-- Ended syncs by the hour, so that days can be cut in the time zone of whoever looks. The transaction that ends a sync
-- counts it, whichever version of the services that is.
CREATE TABLE sync_stats_hourly (
    integration_id bigint NOT NULL REFERENCES geniacs_integrations ON DELETE CASCADE,
    hour timestamptz NOT NULL,
    entity_type entity_type NOT NULL,
    sync_type sync_type NOT NULL,
    successful bigint NOT NULL DEFAULT 0,
    failed bigint NOT NULL DEFAULT 0,
    partial bigint NOT NULL DEFAULT 0,
    cancelled bigint NOT NULL DEFAULT 0,
    duration_ms bigint NOT NULL DEFAULT 0,
    records bigint NOT NULL DEFAULT 0,
    failed_records bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (integration_id, hour, entity_type, sync_type)
);

ALTER TABLE sync_stats_daily ADD COLUMN failed_records bigint NOT NULL DEFAULT 0;

-- What an ended sync counts as.
CREATE VIEW sync_hours AS
    SELECT id, integration_id, date_trunc('hour', completed_at, 'UTC') AS hour, entity_type, sync_type,
        (status = 'success')::int AS successful, (status = 'failed')::int AS failed, (status = 'partial')::int AS partial,
        (status = 'cancelled')::int AS cancelled,
        coalesce(extract(epoch FROM completed_at - started_at) * 1000, 0)::bigint AS duration_ms,
        coalesce((response_data #>> '{counts,read}')::bigint, 0) AS records,
        coalesce((response_data #>> '{counts,failed}')::bigint, 0) AS failed_records
    FROM geniacs_data_sync WHERE completed_at IS NOT NULL;

INSERT INTO sync_stats_hourly
    SELECT integration_id, hour, entity_type, sync_type, sum(successful), sum(failed), sum(partial), sum(cancelled),
        sum(duration_ms), sum(records), sum(failed_records)
    FROM sync_hours GROUP BY integration_id, hour, entity_type, sync_type;

CREATE FUNCTION count_hour() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO sync_stats_hourly AS h (integration_id, hour, entity_type, sync_type, successful, failed, partial, cancelled,
            duration_ms, records, failed_records)
        SELECT s.integration_id, s.hour, s.entity_type, s.sync_type, s.successful, s.failed, s.partial, s.cancelled,
            s.duration_ms, s.records, s.failed_records
        FROM sync_hours s WHERE s.id = NEW.id
        ON CONFLICT (integration_id, hour, entity_type, sync_type) DO UPDATE SET
            successful = h.successful + excluded.successful, failed = h.failed + excluded.failed,
            partial = h.partial + excluded.partial, cancelled = h.cancelled + excluded.cancelled,
            duration_ms = h.duration_ms + excluded.duration_ms, records = h.records + excluded.records,
            failed_records = h.failed_records + excluded.failed_records;
    RETURN NULL;
END $$;
CREATE TRIGGER hour AFTER UPDATE OF status ON geniacs_data_sync FOR EACH ROW
    WHEN (OLD.completed_at IS NULL AND NEW.completed_at IS NOT NULL) EXECUTE FUNCTION count_hour();

INSERT INTO service_grants (role_name, table_name, privileges) VALUES
    ('geniacs_gateway', 'sync_stats_hourly', 'SELECT, INSERT, UPDATE'),
    ('geniacs_gateway', 'sync_hours', 'SELECT'),
    ('geniacs_scheduler', 'sync_stats_hourly', 'SELECT, INSERT, UPDATE'),
    ('geniacs_scheduler', 'sync_hours', 'SELECT'),
    ('geniacs_worker', 'sync_stats_hourly', 'SELECT, INSERT, UPDATE'),
    ('geniacs_worker', 'sync_hours', 'SELECT');
SELECT apply_service_grants();
