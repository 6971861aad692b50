WITH repeats AS (
    SELECT integration_id, dedupe_key, count(*)::int AS n, bool_or(different) AS different
    FROM unnest($1::bigint[], $2::text[], $3::bool[]) AS r (integration_id, dedupe_key, different) GROUP BY 1, 2
), counted AS (
    UPDATE geniacs_webhook_events e SET duplicates = e.duplicates + r.n
    FROM (SELECT * FROM repeats ORDER BY integration_id, dedupe_key) r
    WHERE e.dedupe_key = r.dedupe_key AND e.integration_id + 0 = r.integration_id
    RETURNING e.id, e.integration_id, r.different
)
INSERT INTO geniacs_sync_logs (integration_id, log_level, message, context)
SELECT integration_id, 'warning', 'An event_id came again with another body, which is not applied',
    jsonb_build_object('webhook_event_id', id)
FROM counted WHERE different AND 'warning' >= {LEAST_LEVEL} ORDER BY id
