INSERT INTO integration_limits AS l (integration_id, failures, opened_at, next_probe_at, probe_wait_seconds)
SELECT $1, 1, CASE WHEN $2 <= 1 THEN geniacs_now() END,
    CASE WHEN $2 <= 1 THEN geniacs_now() + make_interval(secs => $3::float8 * $6::float8) END, CASE WHEN $2 <= 1 THEN $3 END
ON CONFLICT (integration_id) DO UPDATE SET failures = l.failures + 1,
    opened_at = CASE WHEN l.failures + 1 >= $2 THEN coalesce(l.opened_at, geniacs_now()) ELSE l.opened_at END,
    probe_wait_seconds = CASE WHEN l.opened_at IS NULL AND l.failures + 1 >= $2 THEN $3
        WHEN l.opened_at IS NOT NULL AND $5 THEN least(l.probe_wait_seconds * 2, $4)
        ELSE l.probe_wait_seconds END,
    next_probe_at = CASE WHEN l.opened_at IS NULL AND l.failures + 1 >= $2
            THEN geniacs_now() + make_interval(secs => $3 * $6)
        WHEN l.opened_at IS NOT NULL AND $5
            THEN geniacs_now() + make_interval(secs => least(l.probe_wait_seconds * 2, $4) * $6)
        ELSE l.next_probe_at END
RETURNING {COLUMNS}
