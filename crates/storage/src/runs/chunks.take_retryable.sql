WITH taken AS (
    DELETE FROM sync_record_errors WHERE sync_id = $1 AND retryable AND record_id IS NOT NULL
    RETURNING chunk_id, record_id
), per_chunk AS (SELECT chunk_id, count(*) AS n FROM taken GROUP BY chunk_id),
counted AS (
    UPDATE sync_chunks c SET records_read = c.records_read - p.n, failed = c.failed - p.n
    FROM per_chunk p WHERE c.id = p.chunk_id
), unplanned AS (
    DELETE FROM sync_plan_items i WHERE i.sync_id = $1 AND i.direction = 'to_geniacs' AND i.action = 'fail'
        AND i.local_id = ANY (ARRAY(SELECT record_id FROM taken))
)
SELECT DISTINCT record_id AS id FROM taken ORDER BY 1
