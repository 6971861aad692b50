WITH claimed AS (
    UPDATE notice_deliveries SET attempts = attempts + 1, available_at = geniacs_now() + make_interval(secs => $2)
    WHERE id = ANY (ARRAY(
        SELECT d.id FROM notice_deliveries d
        WHERE d.state = 'waiting' AND d.available_at <= geniacs_now() AND d.attempts < {MOST_ATTEMPTS}
          AND NOT EXISTS (
              SELECT FROM notice_deliveries e WHERE e.notice_id = d.notice_id AND e.id < d.id
                  AND e.address IS NOT DISTINCT FROM d.address AND e.state = 'waiting')
        ORDER BY d.available_at, d.id LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED))
    RETURNING id, notice_id, attempts, tells, address)
SELECT c.id, c.attempts, c.tells, c.address, r.id AS rule_id, r.name AS rule_name, r.language, r.url,
    r.signing_secret, r.not_in_step_seconds, {COLUMNS}
FROM claimed c JOIN notices n ON n.id = c.notice_id JOIN notification_rules r ON r.id = n.rule_id
LEFT JOIN geniacs_integrations i ON i.id = n.integration_id ORDER BY c.id
