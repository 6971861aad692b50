WITH silent AS (
    SELECT s.id FROM geniacs_data_sync s
    WHERE s.status = 'processing' AND s.stalled_since IS NULL
      AND s.updated_at <= geniacs_now() - make_interval(secs => $1)
      AND NOT EXISTS (SELECT FROM sync_chunks c WHERE c.sync_id = s.id AND c.state = 'open' AND c.worker IS NULL
                      AND c.available_at > geniacs_now() - make_interval(secs => $1))
      AND NOT EXISTS (SELECT FROM integration_limits l WHERE l.integration_id = s.integration_id
                      AND l.held_until > geniacs_now() - make_interval(secs => $1))
    ORDER BY s.id LIMIT 100 FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE geniacs_data_sync s SET stalled_since = s.updated_at FROM silent WHERE s.id = silent.id
RETURNING s.id, s.integration_id, extract(epoch FROM geniacs_now() - s.updated_at)::float8 AS seconds
