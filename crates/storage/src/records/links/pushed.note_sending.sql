WITH locked AS MATERIALIZED (
    SELECT l.local_id FROM record_links l WHERE l.local_id = ANY ($3) AND l.integration_id = $1
        AND l.entity_type = $2::entity_type ORDER BY l.local_id FOR NO KEY UPDATE
), noted AS (
    UPDATE record_links l SET sending = u.fields::json, unconfirmed = true, sent_at = NULL, sent_key = NULL
    FROM unnest($3::bigint[], $4::text[], $5::bigint[], $6::timestamptz[]) AS u (local_id, fields, changed_xid, synced_at) JOIN locked USING (local_id)
    WHERE l.local_id = u.local_id AND l.integration_id = $1 AND l.entity_type = $2::entity_type
        AND l.last_synced_at IS NOT DISTINCT FROM u.synced_at
        AND coalesce((SELECT t.changed_xid FROM {table} t WHERE t.id = l.local_id LIMIT 1),
            (SELECT g.changed_xid FROM record_tombstones g WHERE g.entity_type = l.entity_type
                 AND g.local_id = l.local_id LIMIT 1))::text::bigint = u.changed_xid
    RETURNING l.local_id
)
SELECT (extract(epoch FROM geniacs_now()) * 1000000)::bigint AS at,
    coalesce((SELECT array_agg(local_id) FROM noted), '{{}}') AS local_ids
