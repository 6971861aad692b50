WITH shown AS (SELECT id FROM geniacs_integrations WHERE CASE WHEN $1::bigint IS NULL THEN archived_at IS NULL ELSE id = $1 END),
split AS MATERIALIZED (
    SELECT DISTINCT date_trunc('hour', b.beginning, 'UTC') AS hour FROM generate_series(0, $3::date - $2::date + 1) n
    CROSS JOIN LATERAL (SELECT ($2 + n)::timestamp AT TIME ZONE $4 AS beginning) b
    WHERE b.beginning <> date_trunc('hour', b.beginning, 'UTC')),
counted AS (
    {ended}
    UNION ALL
    SELECT (s.created_at AT TIME ZONE $4)::date, s.entity_type, s.sync_type, 0, 0, 0, 0, 1, 0, 0, 0
    FROM shown JOIN geniacs_data_sync s ON s.integration_id = shown.id
    WHERE s.status IN ('pending', 'processing') AND (s.created_at AT TIME ZONE $4)::date BETWEEN $2 AND $3
)
SELECT day, entity_type::text AS entity_type, sync_type::text AS sync_type, sum(successful)::bigint AS successful,
    sum(failed)::bigint AS failed, sum(partial)::bigint AS partial, sum(cancelled)::bigint AS cancelled,
    sum(pending)::bigint AS pending, sum(duration_ms)::bigint AS duration_ms, sum(records)::bigint AS records,
    sum(failed_records)::bigint AS failed_records
FROM counted
GROUP BY GROUPING SETS ((day), (entity_type), (sync_type), (day, entity_type), (day, sync_type))
ORDER BY day, entity_type, sync_type
