WITH ours AS MATERIALIZED (
    SELECT l.local_id, l.geniacs_id FROM record_links l
    WHERE l.integration_id = $1 AND l.entity_type = $2::entity_type AND l.local_id = ANY ($3) AND l.unconfirmed
    ORDER BY l.local_id FOR NO KEY UPDATE
), known AS (
    UPDATE record_links l SET unconfirmed = false, sending = NULL
    WHERE l.integration_id = $1 AND l.entity_type = $2::entity_type
      AND l.local_id = ANY (ARRAY(SELECT local_id FROM ours WHERE geniacs_id IS NOT NULL))
)
DELETE FROM record_links l
WHERE l.integration_id = $1 AND l.entity_type = $2::entity_type
  AND l.local_id = ANY (ARRAY(SELECT local_id FROM ours WHERE geniacs_id IS NULL))
