WITH stretch AS MATERIALIZED (
    SELECT local_id FROM record_tombstones WHERE entity_type = '{entity}'::entity_type AND local_id > $1
    ORDER BY local_id LIMIT {BATCH}),
done AS (
    SELECT g.local_id FROM record_tombstones g
    WHERE g.entity_type = '{entity}'::entity_type AND g.local_id > $1 AND g.local_id <= (SELECT max(local_id) FROM stretch)
      AND ((SELECT t.id FROM {table} t WHERE t.id = g.local_id LIMIT 1) IS NOT NULL
           OR (SELECT l.local_id FROM record_links l WHERE l.local_id = g.local_id
                   AND l.entity_type = '{entity}'::entity_type AND l.deleted_version IS NULL
                   AND (l.geniacs_id IS NOT NULL OR l.unconfirmed) LIMIT 1) IS NULL)
    FOR UPDATE OF g SKIP LOCKED
), deleted AS (
    DELETE FROM record_tombstones g
    WHERE g.entity_type = '{entity}'::entity_type AND g.local_id > $1 AND g.local_id <= (SELECT max(local_id) FROM stretch)
      AND g.local_id = ANY (ARRAY(SELECT local_id FROM done)) RETURNING 1)
SELECT (SELECT count(*) FROM deleted) AS deleted, max(local_id) AS last, count(*) = {BATCH} AS more FROM stretch
