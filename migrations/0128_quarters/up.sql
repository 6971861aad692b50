-- Ended syncs by the quarter of an hour, for time zones whose days do not begin with an hour of UTC: only the hours in which a
-- day begins there are looked up here, all others in sync_stats_hourly.
CREATE TABLE sync_stats_quarters (
    integration_id bigint NOT NULL REFERENCES geniacs_integrations ON DELETE CASCADE,
    quarter timestamptz NOT NULL,
    entity_type entity_type NOT NULL,
    sync_type sync_type NOT NULL,
    successful bigint NOT NULL DEFAULT 0,
    failed bigint NOT NULL DEFAULT 0,
    partial bigint NOT NULL DEFAULT 0,
    cancelled bigint NOT NULL DEFAULT 0,
    duration_ms bigint NOT NULL DEFAULT 0,
    records bigint NOT NULL DEFAULT 0,
    failed_records bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (integration_id, quarter, entity_type, sync_type)
);

-- What an ended sync counts as, with the quarter beside the hour.
CREATE OR REPLACE VIEW sync_hours AS
    SELECT id, integration_id, date_trunc('hour', completed_at, 'UTC') AS hour, entity_type, sync_type,
        (status = 'success')::int AS successful, (status = 'failed')::int AS failed, (status = 'partial')::int AS partial,
        (status = 'cancelled')::int AS cancelled,
        coalesce(extract(epoch FROM completed_at - started_at) * 1000, 0)::bigint AS duration_ms,
        coalesce((response_data #>> '{counts,read}')::bigint, 0) AS records,
        coalesce((response_data #>> '{counts,failed}')::bigint, 0) AS failed_records,
        date_bin('15 minutes', completed_at, timestamptz '2000-01-01T00:00:00Z') AS quarter
    FROM geniacs_data_sync WHERE completed_at IS NOT NULL;

-- Nobody ends a sync between the count of what there is and the new trigger.
LOCK TABLE sync_stats_hourly IN SHARE ROW EXCLUSIVE MODE;

-- Hours of which some syncs are gone already stay whole.
WITH counted AS (
    SELECT integration_id, hour, quarter, entity_type, sync_type, sum(successful) AS successful, sum(failed) AS failed,
        sum(partial) AS partial, sum(cancelled) AS cancelled, sum(duration_ms) AS duration_ms, sum(records) AS records,
        sum(failed_records) AS failed_records
    FROM sync_hours GROUP BY integration_id, hour, quarter, entity_type, sync_type
), complete AS (
    SELECT c.integration_id, c.hour, c.entity_type, c.sync_type FROM counted c
    JOIN sync_stats_hourly h USING (integration_id, hour, entity_type, sync_type)
    GROUP BY c.integration_id, c.hour, c.entity_type, c.sync_type, h.successful, h.failed, h.partial, h.cancelled
    HAVING sum(c.successful + c.failed + c.partial + c.cancelled) = h.successful + h.failed + h.partial + h.cancelled
)
INSERT INTO sync_stats_quarters
    SELECT integration_id, c.quarter, entity_type, sync_type, c.successful, c.failed, c.partial, c.cancelled, c.duration_ms,
        c.records, c.failed_records
    FROM counted c JOIN complete USING (integration_id, hour, entity_type, sync_type);

CREATE OR REPLACE FUNCTION count_hour() RETURNS trigger LANGUAGE plpgsql AS $$
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
    INSERT INTO sync_stats_quarters AS q (integration_id, quarter, entity_type, sync_type, successful, failed, partial,
            cancelled, duration_ms, records, failed_records)
        SELECT s.integration_id, s.quarter, s.entity_type, s.sync_type, s.successful, s.failed, s.partial, s.cancelled,
            s.duration_ms, s.records, s.failed_records
        FROM sync_hours s WHERE s.id = NEW.id
        ON CONFLICT (integration_id, quarter, entity_type, sync_type) DO UPDATE SET
            successful = q.successful + excluded.successful, failed = q.failed + excluded.failed,
            partial = q.partial + excluded.partial, cancelled = q.cancelled + excluded.cancelled,
            duration_ms = q.duration_ms + excluded.duration_ms, records = q.records + excluded.records,
            failed_records = q.failed_records + excluded.failed_records;
    RETURN NULL;
END $$;

INSERT INTO service_grants (role_name, table_name, privileges)
SELECT role, 'sync_stats_quarters', 'SELECT, INSERT, UPDATE'
FROM unnest(ARRAY['geniacs_gateway', 'geniacs_scheduler', 'geniacs_worker']) AS role;
SELECT apply_service_grants();
