WITH changed AS (
INSERT INTO conflicts (integration_id, entity_type, sync_id, local_id, geniacs_id, webhook_event_id, fields, policy,
    state, resolution, resolved_at)
SELECT $1, $2::entity_type, $3, u.local_id, u.geniacs_id, u.event, u.fields, u.policy::conflict_policy,
    CASE WHEN u.resolution IS NULL THEN 'open' ELSE 'resolved' END::conflict_state,
    u.resolution::conflict_resolution, CASE WHEN u.resolution IS NOT NULL THEN geniacs_now() END
FROM unnest($4::bigint[], $5::text[], $6::bigint[], $7::jsonb[], $8::text[], $9::text[]) AS u (local_id, geniacs_id, event, fields, policy, resolution)
ORDER BY u.local_id
ON CONFLICT (local_id, integration_id, entity_type) WHERE state <> 'resolved'
    DO UPDATE SET fields = excluded.fields, geniacs_id = excluded.geniacs_id
RETURNING *) {TELL_RESOLVED}
