SELECT (h.hour AT TIME ZONE $4)::date AS day, h.entity_type, h.sync_type, h.successful, h.failed, h.partial, h.cancelled,
    0::bigint AS pending, h.duration_ms, h.records, h.failed_records
FROM shown JOIN sync_stats_hourly h ON h.integration_id = shown.id
WHERE h.hour >= $2::timestamp AT TIME ZONE $4 AND h.hour < ($3 + 1)::timestamp AT TIME ZONE $4
  AND NOT (h.hour IN (SELECT hour FROM split) AND EXISTS (
      SELECT FROM sync_stats_quarters q WHERE q.integration_id = h.integration_id
          AND q.quarter >= h.hour AND q.quarter < h.hour + interval '1 hour'
          AND q.entity_type = h.entity_type AND q.sync_type = h.sync_type))
UNION ALL
SELECT (q.quarter AT TIME ZONE $4)::date, q.entity_type, q.sync_type, q.successful, q.failed, q.partial, q.cancelled, 0,
    q.duration_ms, q.records, q.failed_records
FROM shown CROSS JOIN split JOIN sync_stats_quarters q ON q.integration_id = shown.id
    AND q.quarter >= split.hour AND q.quarter < split.hour + interval '1 hour'
WHERE q.quarter >= $2::timestamp AT TIME ZONE $4 AND q.quarter < ($3 + 1)::timestamp AT TIME ZONE $4
