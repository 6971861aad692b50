SELECT i.id AS integration_id, e.entity::text AS entity_type, coalesce(p.changed_xid, 0) AS position
FROM geniacs_integrations i CROSS JOIN unnest(enum_range(NULL::entity_type)) AS e (entity)
LEFT JOIN sync_positions p
    ON p.integration_id = i.id AND p.entity_type = e.entity AND p.direction = 'to_geniacs'
WHERE ($1::bigint IS NULL OR i.id = $1) AND i.is_active AND i.sync_enabled AND i.archived_at IS NULL
  AND jsonb_exists(i.configuration->'real_time', e.entity::text)
  AND NOT EXISTS (SELECT FROM integration_limits l
                  WHERE l.integration_id = i.id AND l.paused_until > geniacs_now())
  AND EXISTS (SELECT FROM geniacs_field_mappings m
              WHERE m.integration_id = i.id AND m.entity_type = e.entity AND m.is_active)
  AND NOT EXISTS (SELECT FROM geniacs_data_sync r WHERE r.integration_id = i.id
                  AND r.entity_type = e.entity AND r.status IN ('processing', 'pending'))
  AND NOT EXISTS (SELECT FROM geniacs_data_sync f WHERE f.integration_id = i.id
                  AND f.status IN ('failed', 'partial', 'cancelled')
                  AND f.created_at > geniacs_now() - interval '1 hour'
                  AND f.completed_at > geniacs_now() - make_interval(secs => {PAUSE_SECONDS})
                  AND f.entity_type = e.entity AND f.sync_type = 'real_time'
                  -- A run before the one that moved the position last is no reason to wait.
                  AND f.id > coalesce(p.sync_id, 0))
ORDER BY i.id
