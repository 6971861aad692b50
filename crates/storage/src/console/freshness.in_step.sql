SELECT i.id AS integration_id, e.entity_type::text AS entity_type, d.direction::text AS sync_direction,
    newest.at AS in_step_as_of
FROM unnest($1::bigint[]) WITH ORDINALITY AS i (id, place)
CROSS JOIN unnest(enum_range(NULL::entity_type)) WITH ORDINALITY AS e (entity_type, place)
CROSS JOIN (VALUES ('to_geniacs'::sync_direction), ('from_geniacs')) AS d (direction)
CROSS JOIN LATERAL (SELECT greatest({newest_this_way}, {newest_both_ways}) AS at) newest
WHERE newest.at IS NOT NULL OR EXISTS (
    SELECT FROM geniacs_sync_schedules c
    WHERE c.integration_id = i.id AND c.entity_type = e.entity_type AND c.is_active
      AND coalesce(c.configuration ->> 'sync_direction', 'to_geniacs') IN (d.direction::text, 'bidirectional'))
ORDER BY i.place, e.place, d.direction DESC
