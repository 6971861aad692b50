WITH RECURSIVE groups AS (
    (SELECT error_type, field FROM sync_record_errors WHERE sync_id = $1 ORDER BY error_type, field LIMIT 1)
    UNION ALL
    SELECT next.* FROM groups g CROSS JOIN LATERAL (
        SELECT e.error_type, e.field FROM sync_record_errors e
        WHERE e.sync_id = $1 AND (e.error_type, e.field) > (g.error_type, g.field)
        ORDER BY e.error_type, e.field LIMIT 1) next
), first AS (SELECT * FROM groups LIMIT {MOST_GROUPS})
SELECT least(counted.n, {MOST_COUNTED}) AS count, counted.n > {MOST_COUNTED} AS more, {COLUMNS}, e.retryable
FROM first g
CROSS JOIN LATERAL (SELECT count(*) AS n FROM (
    SELECT FROM sync_record_errors c WHERE c.sync_id = $1 AND c.error_type = g.error_type AND c.field = g.field
    LIMIT {MOST_COUNTED} + 1) c) counted
CROSS JOIN LATERAL (
    SELECT * FROM sync_record_errors c WHERE c.sync_id = $1 AND c.error_type = g.error_type AND c.field = g.field
    ORDER BY c.id LIMIT 1) e
ORDER BY counted.n DESC, g.error_type, g.field
