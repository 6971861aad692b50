-- What a busy provider has after a year. {big}, {middle} and {small} are integrations; {syncs}, {logs} and {events} are
-- numbers of rows, the other tables follow from {syncs}. Statements are separated by a line of dashes.
INSERT INTO geniacs_data_sync (integration_id, sync_type, entity_type, entity_id, sync_direction, status, data, mapped_data,
    response_data, error_type, error_message, retry_count, next_retry_at, started_at, completed_at, lane, walk_done, total_records,
    created_at, updated_at)
SELECT CASE WHEN n % 100 < 90 THEN {big} WHEN n % 100 < 99 THEN {middle} ELSE {small} END,
    (ARRAY['incremental', 'incremental', 'incremental', 'scheduled', 'scheduled', 'real_time', 'real_time', 'full'])[1 + n / 7 % 8]::sync_type,
    (ARRAY['customers', 'customers', 'subscriptions', 'payments', 'payments', 'invoices', 'monitoring_data', 'nas_servers'])[1 + n / 3 % 8]::entity_type,
    CASE WHEN n % 20 = 0 THEN n % {customers} END,
    (ARRAY['to_geniacs', 'to_geniacs', 'from_geniacs', 'bidirectional'])[1 + n / 5 % 4]::sync_direction,
    status::sync_status,
    '{"filters": {}, "options": {"dry_run": false, "if_running": "queue", "create_missing": true, "delete_missing": false, "confirm_deletes": false, "update_existing": true}, "settings": {"batch_size": 100, "max_seconds": 3600, "max_attempts": 3, "retry_failed": true, "default_region": "ID", "schema_strict": false, "window_seconds": null, "conflict_policy": "newest", "timeout_seconds": 30, "default_time_zone": null, "delete_guard_percent": 10}}',
    '{"customer_name": "B•••", "customer_email": "b•••", "customer_phone": "+•••"}',
    CASE WHEN status <> 'pending' THEN jsonb_build_object('counts', jsonb_build_object('read', records, 'created', records / 10,
        'updated', records - records / 10 - failed, 'unchanged', 0, 'skipped', 0, 'deleted', 0, 'conflicts', 0, 'failed', failed),
        'answer', '{"status": "ok", "accepted": 100}'::jsonb) END,
    CASE status WHEN 'failed' THEN 'partner_unavailable' END,
    CASE status WHEN 'failed' THEN 'Geniacs answered 503; it is tried again later' END,
    0, CASE status WHEN 'pending' THEN at + interval '10 years' END,
    CASE WHEN status <> 'pending' THEN at END, CASE WHEN status <> 'pending' THEN at + interval '1 second' * (1 + n % 90) END,
    (n % 2)::smallint, true, records, at, at
FROM (SELECT n, now() - ({syncs} - n) * (interval '365 days' / {syncs}) AS at, 1 + n * 7 % 300 AS records,
          CASE WHEN n > {syncs} - 40 AND n % 4 = 0 THEN 'pending' WHEN n % 1000 = 1 THEN 'cancelled' WHEN n % 40 = 7 THEN 'failed'
               WHEN n % 25 = 3 THEN 'partial' ELSE 'success' END AS status,
          CASE WHEN n % 25 = 3 THEN least(3, 1 + n * 7 % 300) ELSE 0 END AS failed
      FROM generate_series(1, {syncs}) n) r;
---
INSERT INTO sync_chunks (sync_id, integration_id, kind, state, records_read, created, updated, failed, created_at, completed_at)
SELECT id, integration_id, 'push', 'done', (response_data #>> '{counts,read}')::bigint, (response_data #>> '{counts,created}')::bigint,
    (response_data #>> '{counts,updated}')::bigint, (response_data #>> '{counts,failed}')::bigint, created_at, completed_at
FROM geniacs_data_sync WHERE completed_at IS NOT NULL ORDER BY id;
---
-- One sync of 1,000,000 records, with 10,000 failures.
INSERT INTO sync_chunks (sync_id, integration_id, kind, state, records_read, updated, failed, completed_at)
SELECT s.id, s.integration_id, 'push', 'done', 500, 495, 5, now() FROM (SELECT id, integration_id FROM geniacs_data_sync
    WHERE integration_id = {big} AND status = 'partial' ORDER BY id DESC LIMIT 1) s, generate_series(1, 2000);
---
INSERT INTO sync_record_errors (sync_id, chunk_id, record_id, error_type, error_message, failed_at)
SELECT c.sync_id, c.id, c.id % {customers} + n, 'validation_error', 'email is no e-mail address', c.completed_at
FROM sync_chunks c, generate_series(1, c.failed) n WHERE c.failed > 0;
---
INSERT INTO sync_stats_daily (integration_id, day, entity_type, sync_type, total, successful, failed, partial, cancelled, duration_ms, records)
SELECT integration_id, (completed_at AT TIME ZONE 'UTC')::date, entity_type, sync_type, count(*), count(*) FILTER (WHERE status = 'success'),
    count(*) FILTER (WHERE status = 'failed'), count(*) FILTER (WHERE status = 'partial'), count(*) FILTER (WHERE status = 'cancelled'),
    sum(extract(epoch FROM completed_at - started_at) * 1000)::bigint, sum(total_records)
FROM geniacs_data_sync WHERE completed_at IS NOT NULL GROUP BY 1, 2, 3, 4;
---
INSERT INTO geniacs_sync_logs (integration_id, sync_id, log_level, message, context, request_data, response_data, duration_ms,
    status_code, created_at)
SELECT CASE WHEN s % 100 < 90 THEN {big} WHEN s % 100 < 99 THEN {middle} ELSE {small} END, CASE WHEN n % 50 <> 0 THEN s END,
    (CASE WHEN n % 5003 = 0 THEN 'critical' WHEN n % 33 = 0 THEN 'error' WHEN n % 7 = 0 THEN 'warning' WHEN n % 2 = 0 THEN 'debug' ELSE 'info' END)::log_level,
    CASE WHEN n % 100003 = 0 THEN 'A rare sentence about record ' || n
         WHEN n % 7 = 0 THEN 'Validation failed for field email with value: b' || n || '@'
         WHEN n % 33 = 0 THEN 'PUT /customers/batch was answered with 503' ELSE 'PUT /customers/batch was answered with 200' END,
    jsonb_build_object('record_id', n % {customers}, 'entity_type', 'customers'),
    CASE WHEN n % 33 = 0 THEN jsonb_build_object('records', jsonb_build_array(jsonb_build_object('customer_name', 'B•••', 'n', n)), 'more', 99) END,
    CASE WHEN n % 33 = 0 THEN '{"error": "unavailable", "retry_after": 30}'::jsonb END, n % 900, CASE WHEN n % 33 = 0 THEN 503 ELSE 200 END,
    now() - ({logs} - n) * (interval '365 days' / {logs})
FROM (SELECT n, 1 + (n - 1) * {syncs} / {logs} AS s FROM generate_series(1::bigint, {logs}) n) r;
---
INSERT INTO geniacs_webhook_events (integration_id, event_type, event_id, dedupe_key, payload, signature, state, processed, outcome,
    processing_attempts, error_message, entity_type, geniacs_id, available_at, processed_at, created_at, updated_at)
SELECT CASE WHEN n % 100 < 90 THEN {big} WHEN n % 100 < 99 THEN {middle} ELSE {small} END,
    CASE WHEN n % 10007 = 0 THEN 'nas_server.deleted' ELSE (ARRAY['customer.updated', 'customer.updated', 'customer.created', 'payment.completed'])[1 + n % 4] END,
    'evt_' || n, 'evt_' || n,
    jsonb_build_object('event_type', 'customer.updated', 'event_id', 'evt_' || n, 'timestamp', '2026-01-01T10:00:00Z', 'data',
        jsonb_build_object('customer_id', 'cust_' || n % {customers}, 'changes', jsonb_build_object('email', jsonb_build_object('old',
        'old' || n || '@example.com', 'new', 'new' || n || '@example.com')))),
    md5(n::text), state::webhook_state, state IN ('processed', 'superseded'), CASE state WHEN 'processed' THEN 'applied' END, 1,
    CASE WHEN state IN ('failed', 'set_aside') THEN 'email is no e-mail address' END, 'customers', 'cust_' || n % {customers},
    CASE state WHEN 'failed' THEN at + interval '10 years' ELSE at END, at, at, at
FROM (SELECT n, now() - ({events} - n) * (interval '365 days' / {events}) AS at,
          CASE WHEN n % 1000 = 5 THEN 'set_aside' WHEN n % 100 = 6 THEN 'superseded' WHEN n > {events} - 200 AND n % 2 = 0 THEN 'failed' ELSE 'processed' END AS state
      FROM generate_series(1, {events}) n) r;
---
INSERT INTO customers (id, customer_code, name, email, phone, city, geniacs_customer_id)
SELECT n, 'C-' || n, 'Customer ' || n, 'c' || n || '@example.com', '0812' || lpad(n::text, 7, '0'), 'Bandung', 'cust_' || n
FROM generate_series(1, {customers}) n;
---
INSERT INTO record_links (integration_id, entity_type, local_id, geniacs_id, content_hash, agreed, last_synced_at)
SELECT {big}, 'customers', n, 'cust_' || n, sha256(n::text::bytea), json_build_object('customer_name', 'Customer ' || n), now()
FROM generate_series(1, {customers} - {customers} / 100) n;
---
INSERT INTO record_history (integration_id, entity_type, local_id, geniacs_id, direction, action, changes, cause, sync_id, created_at)
SELECT {big}, 'customers', 1 + n % {customers}, 'cust_' || 1 + n % {customers}, 'to_geniacs', 'updated',
    '{"email": {"old": "a@example.com", "new": "b@example.com"}}', 'sync', 1 + n % {syncs}, now() - ({syncs} - n) * (interval '365 days' / {syncs})
FROM generate_series(1, {syncs}) n;
---
INSERT INTO conflicts (integration_id, entity_type, local_id, geniacs_id, fields, policy, state, resolution, created_at, resolved_at)
SELECT CASE WHEN n % 10 < 9 THEN {big} ELSE {middle} END, 'customers', n, 'cust_' || n,
    '[{"field": "email", "geniacs_field": "customer_email", "base": "a", "local": "b", "geniacs": "c", "winner": null}]', 'newest',
    CASE WHEN n % 50 = 0 THEN 'open' ELSE 'resolved' END::conflict_state, CASE WHEN n % 50 <> 0 THEN 'local'::conflict_resolution END,
    now() - n * interval '1 minute', CASE WHEN n % 50 <> 0 THEN now() END
FROM generate_series(1, {customers} / 5) n;
---
INSERT INTO schedule_ticks (schedule_id, scheduled_for, outcome, sync_id, created_at)
SELECT s.id, now() - n * interval '15 minutes', 'run', 1 + n % {syncs}, now() - n * interval '15 minutes'
FROM (SELECT id FROM geniacs_sync_schedules ORDER BY id LIMIT 4) s, generate_series(1, 35000) n;
---
INSERT INTO reports (period_start, period_end, time_zone, content)
SELECT date_trunc('week', now()) - n * interval '7 days', date_trunc('week', now()) - (n - 1) * interval '7 days', 'UTC', '{"integrations": []}'
FROM generate_series(1, 52) n;
---
INSERT INTO dead_letters (message_key, queue, reason, message_type, content_type, state, integration_id, payload, created_at)
SELECT 'message ' || n, 'work', 'delivery_limit', 'geniacs.messages.v1.WorkPermit', 'application/vnd.geniacs.v1+protobuf', 'dropped',
    {big}, '', now() - n * interval '1 hour' FROM generate_series(1, 5000) n;
---
-- A dry run with a plan for every customer.
INSERT INTO geniacs_data_sync (integration_id, sync_type, entity_type, sync_direction, status, data, response_data, started_at, completed_at, created_at)
VALUES ({big}, 'full', 'customers', 'bidirectional', 'success', '{"filters": {}, "options": {"dry_run": true}, "settings": {}, "check": true}',
    '{"counts": {"read": {customers}, "updated": {customers}},
      "compared": {"records": {customers}, "missing_here": 0, "missing_there": 0, "differing": {customers}, "failed": 0}}',
    now(), now(), now() - interval '1 day');
---
INSERT INTO sync_plan_items (sync_id, chunk_id, direction, local_id, geniacs_id, action, changes)
SELECT s.id, 1, 'to_geniacs', n, 'cust_' || n, (CASE WHEN n % 1000 = 0 THEN 'fail' WHEN n % 3 = 0 THEN 'unchanged' ELSE 'update' END)::plan_action,
    '[{"field": "email", "geniacs_field": "customer_email", "old": "a", "new": "b"}]'
FROM (SELECT id FROM geniacs_data_sync WHERE data ? 'check' ORDER BY id DESC LIMIT 1) s, generate_series(1, {customers}) n;
---
INSERT INTO audit_log (actor, action, subject_type, subject_id, after, created_at)
SELECT 'admin@example.com', 'mapping.updated', 'mapping', n % 100, '{"is_active": true}', now() - ({audit} - n) * interval '5 minutes'
FROM generate_series(1, {audit}) n;
---
-- What was told of: nearly all of it has arrived.
INSERT INTO notification_rules (name, causes, channel, addresses) SELECT 'rule ' || n, ARRAY['sync_failed'], 'email', ARRAY['siti@example.com']
FROM generate_series(1, 5) n;
---
INSERT INTO notices (rule_id, cause, integration_id, entity_type, sync_direction, reason, began_at, ended_at)
SELECT (SELECT min(id) FROM notification_rules) + n % 5, 'sync_failed', {big}, 'customers', 'to_geniacs', 'partner_unavailable', now() - n * interval '1 minute',
    now() - n * interval '1 minute' + interval '30 seconds'
FROM generate_series(1, {audit}) n;
---
INSERT INTO notice_deliveries (notice_id, rule_id, tells, address, state, attempts, error_code, error_message, created_at, ended_at)
SELECT id, rule_id, 'begin', 'siti@example.com', CASE WHEN id % 1000 = 0 THEN 'failed' ELSE 'sent' END, 1,
    CASE WHEN id % 1000 = 0 THEN 'smtp_status' END, CASE WHEN id % 1000 = 0 THEN 'the SMTP server answers with 550' END, began_at, began_at
FROM notices ORDER BY id DESC;
---
-- Operations that have ended; with a tenth of their things it could not be done.
INSERT INTO operations (kind, filter, total, done, failed, actor, request_id, created_at, completed_at)
SELECT 'replay', '{"state": "set_aside"}', 10000, 9000, 1000, 'siti@example.com', 'r', now() - n * interval '1 hour', now() - n * interval '1 hour'
FROM generate_series(1, 20) n;
---
INSERT INTO operation_items (operation_id, subject_id, state, code, message)
SELECT o.id, n, CASE WHEN n % 10 = 0 THEN 'failed' ELSE 'done' END, CASE WHEN n % 10 = 0 THEN 'not_found' END,
    CASE WHEN n % 10 = 0 THEN 'there is no such webhook event' END
FROM operations o, generate_series(1, 10000) n;
