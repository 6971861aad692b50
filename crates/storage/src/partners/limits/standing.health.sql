SELECT l.integration_id, l.failures, l.opened_at, l.next_probe_at,
    coalesce(l.next_probe_at <= geniacs_now(), false) AS probe_due,
    CASE WHEN l.paused_until > geniacs_now() THEN l.paused_since END AS paused_since,
    CASE WHEN l.paused_until > geniacs_now() THEN l.paused_until END AS paused_until,
    CASE WHEN l.paused_until > geniacs_now() THEN l.pause_reason END AS pause_reason,
    CASE WHEN l.permits_from > geniacs_now() THEN l.permits_from END AS permits_from,
    l.credentials_refused_at, l.next_test_at,
    windows.taken, windows.free_from
FROM integration_limits l
CROSS JOIN LATERAL (
    SELECT array_agg(w.taken ORDER BY w.number) AS taken, array_agg(w.free_from ORDER BY w.number) AS free_from
    FROM (
        SELECT lengths.number, coalesce(sum(slots.taken), 0)::bigint AS taken,
            -- The first slot leaves the window when sixty others have begun behind it.
            to_timestamp(min(slots.place + 61) * lengths.seconds) AS free_from
        FROM (VALUES (1, 1), (2, 60), (3, 1440)) lengths (number, seconds)
        LEFT JOIN LATERAL (
            SELECT l.permits_upto[lengths.number] - 66 + slot AS place, l.permits_taken[lengths.number][slot] AS taken
            FROM generate_series(1, 66) slot) slots
        ON slots.taken > 0
            AND slots.place >= floor(extract(epoch FROM geniacs_now()) / lengths.seconds)::bigint - 60
        GROUP BY lengths.number, lengths.seconds) w) windows
WHERE l.integration_id = ANY($1)
