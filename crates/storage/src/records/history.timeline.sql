SELECT h.id, h.integration_id, h.geniacs_id, h.created_at, h.direction::text AS direction, h.action, h.changes,
    h.reason, h.cause, h.sync_id, s.sync_type::text AS sync_type, h.webhook_event_id, e.event_type
FROM (
    (SELECT h.* FROM record_history h
     WHERE h.local_id = {local_id} AND h.entity_type = '{entity}'::entity_type AND {lines}
     ORDER BY h.id {order} LIMIT {limit})
    UNION ALL
    (SELECT h.* FROM record_links l CROSS JOIN LATERAL (
         SELECT h.* FROM record_history h
         WHERE h.local_id IS NULL AND h.geniacs_id = l.geniacs_id AND h.entity_type = l.entity_type
           AND h.integration_id = l.integration_id AND {lines} ORDER BY h.id {order} LIMIT {limit}) h
     WHERE l.local_id = {local_id} AND l.entity_type = '{entity}'::entity_type)
) h
LEFT JOIN LATERAL (SELECT s.sync_type FROM geniacs_data_sync s WHERE s.id = h.sync_id LIMIT 1) s ON true
LEFT JOIN LATERAL (SELECT e.event_type FROM geniacs_webhook_events e WHERE e.id = h.webhook_event_id LIMIT 1) e ON true
ORDER BY h.id {order} LIMIT {limit}
