WITH due AS (
    SELECT w.*, CASE w.direction
        WHEN 'to_geniacs' THEN EXISTS (
            SELECT FROM record_links l WHERE l.local_id = w.target_key::bigint AND l.integration_id = w.integration_id
                AND l.entity_type = w.target_entity AND l.geniacs_id IS NOT NULL)
        ELSE EXISTS (
            SELECT FROM record_links l WHERE l.geniacs_id = w.target_key AND l.integration_id = w.integration_id
                AND l.entity_type = w.target_entity)
        END AS linked
    FROM waiting_references w JOIN geniacs_integrations i ON i.id = w.integration_id
    -- What may not be synced now goes on waiting.
    WHERE i.archived_at IS NULL AND i.is_active AND (i.sync_enabled OR w.webhook_event_id IS NOT NULL)
      AND w.check_at <= geniacs_now() AND NOT EXISTS (
        SELECT FROM geniacs_data_sync s WHERE s.integration_id = w.integration_id
            AND s.entity_type = w.target_entity AND s.status = 'processing')
    ORDER BY w.check_at, w.id LIMIT $1 FOR UPDATE OF w SKIP LOCKED
), later AS (
    UPDATE waiting_references w
    SET check_at = geniacs_now() + greatest(interval '30 seconds', geniacs_now() - w.created_at)
    WHERE w.id = ANY (ARRAY(SELECT id FROM due WHERE NOT linked))
)
SELECT id, integration_id, entity_type::text AS entity_type, direction::text AS direction, record_key, webhook_event_id
FROM due WHERE linked ORDER BY integration_id, entity_type, direction, record_key
