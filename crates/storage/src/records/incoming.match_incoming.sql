SELECT coalesce(l.local_id, e.id, n.id) AS id
FROM unnest($2::text[], $3::bigint[], $4::text[]) WITH ORDINALITY AS i (geniacs_id, external_id, natural_key, ord)
LEFT JOIN LATERAL (
    SELECT o.local_id FROM record_links o WHERE o.integration_id = $1 AND o.entity_type = '{entity}'::entity_type
        AND o.geniacs_id = i.geniacs_id LIMIT 1) l ON true
LEFT JOIN LATERAL (
    SELECT t.id FROM {table} t WHERE l.local_id IS NULL AND t.id = i.external_id
        AND (SELECT o.local_id FROM record_links o WHERE o.integration_id = $1
                 AND o.entity_type = '{entity}'::entity_type AND o.local_id = t.id AND o.geniacs_id IS NOT NULL LIMIT 1) IS NULL
    LIMIT 1) e ON true
LEFT JOIN LATERAL (
    SELECT t.id FROM {table} t WHERE l.local_id IS NULL AND e.id IS NULL AND t.{key} = i.natural_key
        AND t.deleted_at IS NULL
        AND (SELECT o.local_id FROM record_links o WHERE o.integration_id = $1
                 AND o.entity_type = '{entity}'::entity_type AND o.local_id = t.id AND o.geniacs_id IS NOT NULL LIMIT 1) IS NULL
        -- Geniacs may have the row under an id that is not known yet, and another key than it has now: a record with this key
        -- is another one.
        AND (SELECT o.local_id FROM record_links o WHERE o.integration_id = $1
                 AND o.entity_type = '{entity}'::entity_type AND o.local_id = t.id AND o.geniacs_id IS NULL AND o.unconfirmed
                 AND o.sent_key <> i.natural_key LIMIT 1) IS NULL
    LIMIT 1) n ON true
ORDER BY i.ord
