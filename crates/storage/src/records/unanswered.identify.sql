UPDATE record_links l SET geniacs_id = u.geniacs_id, sent_at = NULL, sent_key = NULL, sending = NULL,
    agreed = coalesce(l.sending, l.agreed),
    held = CASE WHEN l.sending IS NULL THEN l.held END,
    content_hash = CASE WHEN l.sending IS NULL THEN l.content_hash END,
    record_version = greatest(l.record_version, coalesce((extract(epoch FROM l.sent_at) * 1000000)::bigint, 0))
FROM (SELECT DISTINCT ON (geniacs_id) * FROM unnest($3::bigint[], $4::text[]) AS u (local_id, geniacs_id)
      ORDER BY geniacs_id, local_id) u
WHERE l.local_id = u.local_id AND l.integration_id = $1 AND l.entity_type = $2::entity_type
  AND l.geniacs_id IS NULL
  AND (SELECT o.local_id FROM record_links o WHERE o.geniacs_id = u.geniacs_id AND o.integration_id = $1
           AND o.entity_type = $2::entity_type LIMIT 1) IS NULL
RETURNING l.local_id
