WITH
-- The integrations that a rule may speak of.
shown AS MATERIALIZED (
    SELECT i.id, i.created_at, i.is_active AND i.sync_enabled AS is_enabled,
        coalesce(i.configuration ->> 'auto_sync', 'true') <> 'false' AS is_automatic
    FROM geniacs_integrations i
    WHERE i.archived_at IS NULL AND EXISTS (
        SELECT FROM notification_rules r WHERE r.is_active AND (r.integration_id IS NULL OR r.integration_id = i.id))),
-- Everything that is the matter, whoever wants to know: from the integrations to their rows, each by an index that begins
-- with the integration.
holding (cause, integration_id, entity_type, sync_direction, reason) AS (
    SELECT 'integration_paused', i.id, NULL::entity_type, NULL::sync_direction,
        CASE WHEN l.credentials_refused_at IS NOT NULL THEN 'credentials_refused'
             WHEN l.paused_until > geniacs_now() THEN l.pause_reason ELSE 'breaker_open' END
    FROM shown i JOIN integration_limits l ON l.integration_id = i.id
    WHERE i.is_enabled
      -- The end of a rate window is how a partner goes on, and no trouble.
      AND (l.credentials_refused_at IS NOT NULL OR l.opened_at IS NOT NULL
           OR l.paused_until > geniacs_now() AND l.pause_reason IS DISTINCT FROM 'last_request_of_a_window')
    UNION ALL
    SELECT 'sync_failed', i.id, e.entity_type, d.sync_direction, last.error_type
    FROM shown i CROSS JOIN unnest(enum_range(NULL::entity_type)) AS e (entity_type)
    CROSS JOIN unnest(enum_range(NULL::sync_direction)) AS d (sync_direction)
    CROSS JOIN LATERAL ({NEWEST_ENDED}) last
    WHERE last.status = 'failed'
    UNION ALL
    SELECT 'events_set_aside', i.id, NULL, NULL, NULL
    FROM shown i WHERE EXISTS (SELECT FROM geniacs_webhook_events e WHERE e.integration_id = i.id AND e.state = 'set_aside')
    UNION ALL
    SELECT 'conflicts_waiting', i.id, NULL, NULL, NULL
    FROM shown i WHERE EXISTS (SELECT FROM conflicts c WHERE c.integration_id = i.id AND c.state = 'open')),
-- What is the matter and has a rule that is about it. How long nothing may be out of step, each rule says itself.
wanted AS MATERIALIZED (
    SELECT r.id AS rule_id, h.* FROM notification_rules r
    JOIN holding h ON h.cause = ANY (r.causes) AND (r.integration_id IS NULL OR r.integration_id = h.integration_id)
    WHERE r.is_active
    UNION ALL
    SELECT r.id, 'not_in_step', i.id, NULL, NULL, NULL FROM notification_rules r
    JOIN shown i ON r.integration_id IS NULL OR r.integration_id = i.id
    CROSS JOIN LATERAL (
        SELECT max(newest.at) AS at FROM unnest(enum_range(NULL::entity_type)) AS e (entity_type)
        CROSS JOIN unnest(enum_range(NULL::sync_direction)) AS d (sync_direction)
        CROSS JOIN LATERAL (
            SELECT s.started_at AS at FROM geniacs_data_sync s
            WHERE s.integration_id = i.id AND s.entity_type = e.entity_type AND s.sync_direction = d.sync_direction
              AND s.status = 'success' AND sync_takes_everything(s.data) AND s.started_at IS NOT NULL
            ORDER BY s.started_at DESC LIMIT 1) newest) last
    WHERE r.is_active AND 'not_in_step' = ANY (r.causes) AND i.is_enabled AND i.is_automatic AND NOT $2
      AND coalesce(last.at, i.created_at) < geniacs_now() - make_interval(secs => r.not_in_step_seconds)),
-- Things are counted only for what begins: there may be many.
begun AS (
    INSERT INTO notices (rule_id, cause, integration_id, entity_type, sync_direction, things, reason)
    SELECT w.rule_id, w.cause, w.integration_id, w.entity_type, w.sync_direction,
        CASE w.cause
            WHEN 'events_set_aside' THEN (SELECT count(*) FROM (SELECT FROM geniacs_webhook_events e
                WHERE e.integration_id = w.integration_id AND e.state = 'set_aside' LIMIT {MOST_THINGS} + 1) f)
            WHEN 'conflicts_waiting' THEN (SELECT count(*) FROM (SELECT FROM conflicts c
                WHERE c.integration_id = w.integration_id AND c.state = 'open' LIMIT {MOST_THINGS} + 1) f) END,
        left(w.reason, 64)
    FROM wanted w
    WHERE NOT EXISTS (SELECT FROM notices n WHERE n.rule_id = w.rule_id AND n.cause = w.cause AND n.ended_at IS NULL
        AND n.integration_id = w.integration_id AND n.entity_type IS NOT DISTINCT FROM w.entity_type
        AND n.sync_direction IS NOT DISTINCT FROM w.sync_direction)
    -- In one order, so that two that look at once wait for each other and never both.
    ORDER BY w.rule_id, w.cause, w.integration_id, w.entity_type, w.sync_direction
    ON CONFLICT DO NOTHING RETURNING id, rule_id),
-- Only rows that change are written: a notice whose cause has just ceased or come back, and one that has been quiet for
-- long enough.
looked AS MATERIALIZED (
    SELECT n.id, w.rule_id IS NOT NULL AS holds FROM notices n
    LEFT JOIN wanted w ON w.rule_id = n.rule_id AND w.cause = n.cause AND w.integration_id = n.integration_id
        AND w.entity_type IS NOT DISTINCT FROM n.entity_type AND w.sync_direction IS NOT DISTINCT FROM n.sync_direction
    WHERE n.ended_at IS NULL),
changed AS (
    UPDATE notices n SET
        quiet_since = CASE WHEN l.holds THEN NULL ELSE coalesce(n.quiet_since, geniacs_now()) END,
        ended_at = CASE WHEN NOT l.holds AND coalesce(n.quiet_since, geniacs_now()) <= geniacs_now() - make_interval(secs => $1)
                        THEN geniacs_now() END
    FROM looked l
    WHERE n.id = l.id AND n.ended_at IS NULL AND (l.holds = (n.quiet_since IS NOT NULL) OR (
        NOT l.holds AND n.quiet_since <= geniacs_now() - make_interval(secs => $1)))
    RETURNING n.id, n.rule_id, n.cause, n.integration_id, n.ended_at),
-- What is to be told of the notices that have begun or ended, to each address of their rule. Of the end of one that the rule
-- is not about any more, nobody is told.
told AS (
    INSERT INTO notice_deliveries (notice_id, rule_id, tells, address)
    SELECT t.id, t.rule_id, t.tells, a.address
    FROM (SELECT b.id, b.rule_id, 'begin' AS tells FROM begun b
          UNION ALL
          SELECT c.id, c.rule_id, 'end' FROM changed c
          JOIN notification_rules r ON r.id = c.rule_id AND r.is_active AND r.tells_end AND c.cause = ANY (r.causes)
              AND (r.integration_id IS NULL OR r.integration_id = c.integration_id)
          JOIN shown i ON i.id = c.integration_id
          WHERE c.ended_at IS NOT NULL) t
    JOIN notification_rules r ON r.id = t.rule_id
    CROSS JOIN LATERAL unnest(CASE WHEN r.channel = 'webhook' THEN ARRAY[NULL::text] ELSE r.addresses END) AS a (address)),
old AS (
    DELETE FROM notices WHERE id = ANY (ARRAY(
        SELECT id FROM notices WHERE ended_at < geniacs_now() - make_interval(days => {KEPT_DAYS}) LIMIT 100)))
SELECT (SELECT count(*) FROM begun) AS begun, (SELECT count(*) FROM changed WHERE ended_at IS NOT NULL) AS ended
