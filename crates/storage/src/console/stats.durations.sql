WITH shown AS (SELECT id FROM geniacs_integrations WHERE CASE WHEN $1::bigint IS NULL THEN archived_at IS NULL ELSE id = $1 END),
ended AS (
    SELECT (s.completed_at AT TIME ZONE $4)::date AS day, extract(epoch FROM s.completed_at - s.started_at)::float8 AS seconds
    FROM shown CROSS JOIN LATERAL (
        SELECT * FROM geniacs_data_sync s WHERE s.integration_id = shown.id
            AND s.created_at >= $2::date::timestamp AT TIME ZONE $4 AND s.created_at < ($3::date + 1)::timestamp AT TIME ZONE $4
        ORDER BY s.created_at DESC, s.id DESC
        -- Many integrations share what one may take alone.
        LIMIT greatest({MOST_DURATIONS} / greatest((SELECT count(*) FROM shown), 1), 50)) s
    WHERE s.completed_at IS NOT NULL AND s.started_at IS NOT NULL
    ORDER BY s.created_at DESC LIMIT {MOST_DURATIONS}
)
SELECT day, percentile_cont(0.95) WITHIN GROUP (ORDER BY seconds) AS p95_seconds
FROM ended GROUP BY GROUPING SETS ((), (day)) ORDER BY day NULLS FIRST
