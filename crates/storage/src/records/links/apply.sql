INSERT INTO record_links AS l (integration_id, entity_type, local_id, geniacs_id, content_hash, agreed, held, record_version,
    field_versions, deleted_version, written_at, local_changed_at, last_synced_at, applied_xid, passed_over)
SELECT $1, $2::entity_type, u.local_id, u.geniacs_id, u.content_hash, u.agreed::json, u.held::json, u.record_version,
    u.field_versions, u.deleted_version, u.written_at, u.local_changed_at, geniacs_now(),
    -- 0 is the change position of no row.
    CASE u.in_step WHEN true THEN (SELECT t.changed_xid::text::bigint FROM {table} t WHERE t.id = u.local_id LIMIT 1)
                   WHEN false THEN 0 END,
    NOT u.is_whole AND coalesce((SELECT o.passed_over FROM record_links o WHERE o.local_id = u.local_id
        AND o.integration_id = $1 AND o.entity_type = $2::entity_type LIMIT 1), false)
FROM unnest($3::bigint[], $4::text[], $5::bytea[], $6::text[], $7::text[], $8::bigint[], $9::jsonb[], $10::bigint[],
             $11::bool[], $12::timestamptz[], $13::timestamptz[], $14::bool[])
    AS u (local_id, geniacs_id, content_hash, agreed, held, record_version, field_versions, deleted_version, in_step,
          written_at, local_changed_at, is_whole)
ORDER BY u.local_id
ON CONFLICT (integration_id, entity_type, local_id) DO UPDATE SET
    geniacs_id = excluded.geniacs_id, content_hash = coalesce(excluded.content_hash, l.content_hash),
    agreed = CASE WHEN excluded.content_hash IS NULL THEN l.agreed ELSE excluded.agreed END,
    held = CASE WHEN excluded.content_hash IS NULL THEN l.held ELSE excluded.held END,
    passed_over = excluded.passed_over,
    record_version = excluded.record_version, field_versions = excluded.field_versions,
    deleted_version = excluded.deleted_version, last_synced_at = excluded.last_synced_at,
    written_at = coalesce(excluded.written_at, l.written_at),
    local_changed_at = CASE WHEN excluded.written_at IS NULL THEN l.local_changed_at ELSE excluded.local_changed_at END,
    applied_xid = coalesce(excluded.applied_xid, l.applied_xid)
