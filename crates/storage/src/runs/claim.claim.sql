WITH best AS ({best}),
probe AS (
    -- A probe that nobody hears of again is left to others after as long as its request may take.
    UPDATE integration_limits l SET next_probe_at = geniacs_now() + make_interval(secs => i.timeout_seconds + 10)
    FROM best JOIN sync_chunks c ON c.id = best.id JOIN geniacs_integrations i ON i.id = c.integration_id
    WHERE best.probing AND l.integration_id = c.integration_id
)
UPDATE sync_chunks c SET worker = $1, fence = c.fence + 1,
    available_at = geniacs_now() + make_interval(secs => $2),
    -- A worker still named here is one whose lease ran out: nobody knows what its last request did.
    unconfirmed = c.unconfirmed OR c.worker IS NOT NULL
FROM best WHERE c.id = best.id
RETURNING c.id, c.sync_id, c.integration_id, c.kind, c.after_xid, c.after_id, c.upto_xid, c.upto_id,
    c.record_ids, c.attempt, c.setbacks, c.fence, c.unconfirmed, best.probing, best.failing,
    (SELECT i.version FROM geniacs_integrations i WHERE i.id = c.integration_id) AS integration_version,
    geniacs_now() AS database_now,
    (SELECT {KNOWN_AHEAD} FROM integration_limits l WHERE l.integration_id = c.integration_id) AS partner_ahead,
    (SELECT s.traceparent FROM geniacs_data_sync s WHERE s.id = c.sync_id) AS traceparent
