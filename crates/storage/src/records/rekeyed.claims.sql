SELECT i.geniacs_id, c.local_id, c.former_id, c.known_gone
FROM unnest($2::text[], $3::bigint[], $4::text[]) AS i (geniacs_id, external_id, natural_key)
LEFT JOIN LATERAL (
    SELECT true AS linked FROM record_links o WHERE o.integration_id = $1
        AND o.entity_type = '{entity}'::entity_type AND o.geniacs_id = i.geniacs_id LIMIT 1) k ON true
CROSS JOIN LATERAL (
    SELECT l.local_id, l.geniacs_id AS former_id, l.deleted_version IS NOT NULL AS known_gone
    FROM (SELECT 1 AS rank, i.external_id AS id
          UNION ALL
          (SELECT 2, t.id FROM {table} t WHERE t.{key} = i.natural_key AND t.deleted_at IS NULL LIMIT 1)) row
    CROSS JOIN LATERAL (
        SELECT o.local_id, o.geniacs_id, o.deleted_version FROM record_links o WHERE o.integration_id = $1
            AND o.entity_type = '{entity}'::entity_type AND o.local_id = row.id AND o.geniacs_id IS NOT NULL
        LIMIT 1) l
    WHERE k.linked IS NULL ORDER BY row.rank LIMIT 1) c
