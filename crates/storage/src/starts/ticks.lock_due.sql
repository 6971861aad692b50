SELECT s.id, geniacs_now() AS now, d.with_jitter, {BUSY} AS busy,
    CASE WHEN NOT i.is_active THEN 'inactive' WHEN NOT i.sync_enabled THEN 'sync_disabled'
         WHEN i.configuration->>'auto_sync' = 'false' THEN 'auto_sync_off' END AS blocked
FROM geniacs_sync_schedules s JOIN geniacs_integrations i ON i.id = s.integration_id
-- The same jitter for every scheduler, another one for every tick.
CROSS JOIN LATERAL (SELECT s.next_run_at + make_interval(secs =>
    (hashint8(s.id + extract(epoch FROM s.next_run_at)::bigint) & 2147483647) % (s.jitter_seconds + 1))) d (with_jitter)
WHERE s.is_active AND s.next_run_at <= geniacs_now() AND s.id <> ALL ($1) AND d.with_jitter <= geniacs_now()
  AND i.archived_at IS NULL
ORDER BY s.next_run_at, s.id LIMIT 1
FOR NO KEY UPDATE OF i, s SKIP LOCKED
