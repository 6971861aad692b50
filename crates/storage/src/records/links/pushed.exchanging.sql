WITH RECURSIVE walk AS (
    SELECT u.id AS start, u.id AS at, l.held, 0 AS steps FROM unnest($3::bigint[]) AS u (id) CROSS JOIN LATERAL (
        SELECT o.agreed ->> $2 AS held FROM record_links o WHERE o.integration_id = $1
            AND o.entity_type = '{entity}'::entity_type AND o.local_id = u.id LIMIT 1) l
    UNION ALL
    SELECT w.start, t.id, l.held, w.steps + 1 FROM walk w
    CROSS JOIN LATERAL (
        SELECT t.id FROM {table} t WHERE t.{key} = w.held AND t.deleted_at IS NULL LIMIT 1) t
    CROSS JOIN LATERAL (
        SELECT o.agreed ->> $2 AS held FROM record_links o WHERE o.integration_id = $1
            AND o.entity_type = '{entity}'::entity_type AND o.local_id = t.id AND o.geniacs_id IS NOT NULL LIMIT 1) l
    WHERE w.steps < {LONGEST_CIRCLE} AND (w.steps = 0 OR w.at <> w.start)
)
SELECT DISTINCT w.start AS local_id FROM walk w WHERE w.steps > 1 AND w.at = w.start
