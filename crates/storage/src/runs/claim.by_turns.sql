SELECT c.id, l.probing AND c.kind <> 'plan' AS probing, l.failing
FROM (VALUES (0, false), (0, true), (1, false), (1, true), (2, false), (2, true)) part (lane, wrapped)
-- Asked once: where nothing is ready, no integration is looked at.
JOIN (SELECT WHERE EXISTS (SELECT FROM sync_chunks c WHERE c.state = 'open' AND c.available_at <= geniacs_now())) ready
    ON true
CROSS JOIN LATERAL (
    WITH RECURSIVE open (integration_id) AS (
        (SELECT c.integration_id FROM sync_chunks c
         WHERE c.state = 'open' AND c.lane = part.lane
           AND c.integration_id > CASE WHEN part.wrapped THEN 0 ELSE $3 END
           AND c.integration_id <= CASE WHEN part.wrapped THEN $3 ELSE 9223372036854775807 END
         ORDER BY c.integration_id LIMIT 1)
        UNION ALL
        SELECT n.integration_id FROM open o CROSS JOIN LATERAL (
            SELECT c.integration_id FROM sync_chunks c
            WHERE c.state = 'open' AND c.lane = part.lane AND c.integration_id > o.integration_id
              AND c.integration_id <= CASE WHEN part.wrapped THEN $3 ELSE 9223372036854775807 END
            ORDER BY c.integration_id LIMIT 1) n
    ) SELECT open.integration_id FROM open
) o
CROSS JOIN LATERAL (
    SELECT coalesce(bool_or(l.next_probe_at IS NOT NULL), false) AS probing,
           coalesce(bool_or(l.failures > 0), false) AS failing,
           coalesce(bool_or(l.held_until > geniacs_now()), false) AS held
    FROM integration_limits l WHERE l.integration_id = o.integration_id
) l
LEFT JOIN LATERAL (
    SELECT true AS ours FROM integration_limits p
    WHERE l.probing AND p.integration_id = o.integration_id AND p.next_probe_at <= geniacs_now()
    FOR NO KEY UPDATE SKIP LOCKED
) probe ON true
CROSS JOIN LATERAL (
    SELECT c.id, c.kind FROM sync_chunks c
    WHERE NOT l.held AND (NOT l.probing OR probe.ours)
      AND c.state = 'open' AND c.lane = part.lane AND c.integration_id = o.integration_id
      AND c.available_at <= geniacs_now()
    ORDER BY c.available_at, c.id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED
) c
LIMIT 1
