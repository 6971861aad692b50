INSERT INTO sync_stats_daily AS d (integration_id, day, entity_type, sync_type, total, successful, failed, partial,
    cancelled, duration_ms, records, failed_records)
SELECT integration_id, (completed_at AT TIME ZONE 'UTC')::date, entity_type, sync_type, 1,
    (status = 'success')::int, (status = 'failed')::int, (status = 'partial')::int, (status = 'cancelled')::int,
    coalesce(extract(epoch FROM completed_at - started_at) * 1000, 0)::bigint, $2,
    coalesce((response_data #>> '{counts,failed}')::bigint, 0)
FROM geniacs_data_sync WHERE id = $1
ON CONFLICT (integration_id, day, entity_type, sync_type) DO UPDATE SET total = d.total + 1,
    successful = d.successful + excluded.successful, failed = d.failed + excluded.failed,
    partial = d.partial + excluded.partial, cancelled = d.cancelled + excluded.cancelled,
    duration_ms = d.duration_ms + excluded.duration_ms, records = d.records + excluded.records,
    failed_records = d.failed_records + excluded.failed_records
