WITH next AS (
    SELECT s.id FROM geniacs_data_sync s
    WHERE s.integration_id = $1 AND s.entity_type = $2::entity_type AND s.status = 'pending'
      AND coalesce(s.next_retry_at, '-infinity') <= geniacs_now()
      AND NOT EXISTS (SELECT FROM geniacs_data_sync r WHERE r.integration_id = $1
                      AND r.entity_type = $2::entity_type AND r.status = 'processing')
      AND NOT EXISTS (SELECT FROM integration_limits l WHERE l.integration_id = $1 AND l.held_until > geniacs_now())
    ORDER BY s.id LIMIT 1 FOR UPDATE SKIP LOCKED
), started AS (
    UPDATE geniacs_data_sync s SET status = 'processing', started_at = coalesce(s.started_at, geniacs_now()),
        next_retry_at = NULL
    FROM next WHERE s.id = next.id RETURNING s.id, s.integration_id, s.lane
), chunk AS (
    INSERT INTO sync_chunks (sync_id, integration_id, kind, lane)
    SELECT id, integration_id, 'plan', lane FROM started
)
SELECT id FROM started
