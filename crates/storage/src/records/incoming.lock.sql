WITH locked AS (SELECT t.* FROM {table} t WHERE t.id = ANY ($2) ORDER BY t.id FOR NO KEY UPDATE)
SELECT t.id, t.deleted_at IS NOT NULL AS deleted, {json}::text AS fields, l.geniacs_id,
    l.agreed::text AS agreed, l.held::text AS held, l.sending::text AS sending, coalesce(l.passed_over, false) AS passed_over,
    coalesce(l.applied_xid = t.changed_xid::text::bigint AND l.held IS NULL, false) AS in_step,
    coalesce((extract(epoch FROM l.last_synced_at) * 1000000)::bigint, 0) AS synced_at,
    coalesce(l.record_version, 0) AS record_version, coalesce(l.field_versions, '{{}}') AS field_versions, l.deleted_version,
    CASE WHEN l.written_at = t.updated_at THEN coalesce((extract(epoch FROM l.local_changed_at) * 1000000)::bigint, 0)
         ELSE (extract(epoch FROM t.updated_at) * 1000000)::bigint END AS changed_at,
    coalesce(l.written_at = t.updated_at, false) AS written_last, c.conflict
FROM locked t LEFT JOIN LATERAL (
    SELECT * FROM record_links l WHERE l.integration_id = $1 AND l.entity_type = '{entity}'::entity_type
        AND l.local_id = t.id LIMIT 1) l ON true
LEFT JOIN LATERAL (
    SELECT jsonb_build_object('fields', c.fields, 'state', c.state, 'resolution', c.resolution, 'decision', c.decision) AS conflict
    FROM conflicts c WHERE c.local_id = t.id AND c.integration_id + 0 = $1 AND c.entity_type = '{entity}'::entity_type
        AND c.state <> 'resolved' LIMIT 1) c ON true
