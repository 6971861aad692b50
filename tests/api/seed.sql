-- What a small demo does not bring about: reports, and conflicts that wait for a person.
INSERT INTO conflicts (integration_id, entity_type, local_id, geniacs_id, fields, policy, state)
SELECT l.integration_id, l.entity_type, l.local_id, l.geniacs_id,
       '[{"field": "name", "geniacs_field": "customer_name", "base": "A", "local": "B", "geniacs": "C", "winner": null}]',
       'manual', 'open'
FROM record_links l
WHERE l.entity_type = 'customers' AND l.local_id IS NOT NULL
ORDER BY l.local_id LIMIT 20
ON CONFLICT DO NOTHING;

INSERT INTO reports (period_start, period_end, time_zone, content)
SELECT '2026-01-04 17:00Z'::timestamptz + n * interval '7 days', '2026-01-11 17:00Z'::timestamptz + n * interval '7 days',
       'Asia/Jakarta', jsonb_build_object('entities', jsonb_build_array(jsonb_build_object(
           'integration_id', 1, 'integration', '=1+1', 'entity_type', 'customers',
           'syncs', '{"total": 7, "successful": 5, "partial": 1, "failed": 1, "cancelled": 0}'::jsonb,
           'records', '{"read": 9, "created": 8, "updated": 0, "unchanged": 0, "skipped": 0, "deleted": 0, "conflicts": 0, "failed": 1}'::jsonb,
           'success_rate', 71.4, 'p95_duration_ms', NULL,
           'errors', '[{"error_type": "validation_error", "count": 3}]'::jsonb,
           'webhooks', '{"received": 1, "processed": 1, "superseded": 0, "set_aside": 0, "waiting": 0}'::jsonb,
           'conflicts', 0, 'drift', '{"unlinked": 2, "unconfirmed": 0, "unsent": null}'::jsonb)), 'other_webhooks', '[]'::jsonb)
FROM generate_series(0, 4) n
ON CONFLICT DO NOTHING;
