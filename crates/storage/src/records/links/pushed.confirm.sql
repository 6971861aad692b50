INSERT INTO record_links AS l (integration_id, entity_type, local_id, geniacs_id, content_hash, agreed, held,
    record_version, field_versions, applied_xid, deleted_version, last_synced_at, unconfirmed)
SELECT $1, $2::entity_type, u.local_id, u.geniacs_id, u.content_hash, u.agreed::json, u.held::json, u.record_version,
    jsonb_set(u.field_versions, ARRAY['  pushed', '0'], to_jsonb((extract(epoch FROM geniacs_now()) * 1000000)::bigint)), u.changed_xid,
    CASE WHEN u.deleted THEN (extract(epoch FROM geniacs_now()) * 1000000)::bigint END, geniacs_now(),
    -- A record whose id the answer did not tell is asked for before anything else happens to it.
    u.geniacs_id IS NULL AND NOT u.deleted
FROM (SELECT DISTINCT ON (coalesce(geniacs_id, local_id::text), geniacs_id IS NULL) *
      FROM unnest($3::bigint[], $4::text[], $5::bytea[], $6::text[], $7::text[], $8::bigint[], $9::jsonb[],
                  $10::bigint[], $11::bool[])
          AS u (local_id, geniacs_id, content_hash, agreed, held, record_version, field_versions, changed_xid, deleted)
      ORDER BY coalesce(geniacs_id, local_id::text), geniacs_id IS NULL, local_id) u
WHERE (SELECT o.local_id FROM record_links o WHERE o.integration_id = $1 AND o.entity_type = $2::entity_type
           AND o.geniacs_id = u.geniacs_id AND o.local_id <> u.local_id LIMIT 1) IS NULL
ORDER BY u.local_id
ON CONFLICT (integration_id, entity_type, local_id) DO UPDATE SET
    geniacs_id = coalesce(excluded.geniacs_id, l.geniacs_id), content_hash = excluded.content_hash, agreed = excluded.agreed,
    held = excluded.held, sending = NULL, unconfirmed = excluded.unconfirmed AND l.geniacs_id IS NULL, sent_at = NULL,
    sent_key = CASE WHEN coalesce(excluded.geniacs_id, l.geniacs_id) IS NULL THEN l.sent_key END,
    record_version = greatest(l.record_version, excluded.record_version),
    -- What came from Geniacs about a field after the request was sent stays newer than the rest.
    field_versions = CASE WHEN l.field_versions = '{}' THEN excluded.field_versions ELSE (
        SELECT coalesce(jsonb_object_agg(f.key, f.value), '{}') FROM (
            SELECT DISTINCT ON (f.key) f.key, f.value FROM (
                SELECT o.key, o.value FROM jsonb_each(l.field_versions) o WHERE o.key <> '  pushed'
                -- The pushes before this one are kept beside it: a few of them.
                UNION ALL SELECT n.key, CASE WHEN n.key = '  pushed' AND l.field_versions -> '  pushed' IS NOT NULL
                    THEN n.value || jsonb_build_array(jsonb_path_query_array(
                        jsonb_build_array(l.field_versions -> '  pushed' -> 0, l.field_versions -> '  pushed' -> 1)
                            || coalesce(l.field_versions -> '  pushed' -> 3, '[]'), '$[0 to 7]'))
                    ELSE n.value END
                FROM jsonb_each(excluded.field_versions) n) f
            WHERE (f.value ->> 0)::bigint > excluded.record_version
            ORDER BY f.key, (f.value ->> 0)::bigint DESC) f) END,
    -- A row that has changed since it was read stands elsewhere by now, and is looked at again.
    applied_xid = excluded.applied_xid,
    deleted_version = excluded.deleted_version, last_synced_at = excluded.last_synced_at
RETURNING local_id
