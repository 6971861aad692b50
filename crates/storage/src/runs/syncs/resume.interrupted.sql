SELECT s.status = 'cancelled' OR coalesce(s.error_type = 'time_limit'
        OR s.status = 'failed' AND s.error_type NOT IN ('delete_guard', 'listing_incomplete'), false) AS stopped,
    s.plan IS NOT NULL AS begun,
    NOT s.walk_done OR {LEFT_LISTING} OR {LEFT_PHASES} OR EXISTS (SELECT {RETRYABLE})
        OR EXISTS (SELECT FROM sync_chunks c WHERE c.sync_id = s.id AND c.state = 'dropped' AND c.kind <> 'plan') AS has_rest,
    CASE WHEN s.total_records IS NOT NULL THEN
        greatest(s.total_records - done.records + (SELECT count(DISTINCT e.record_id) {RETRYABLE}), 0) END AS rest,
    (SELECT min(r.id) FROM geniacs_data_sync r WHERE r.data ? 'resume_of' AND (r.data ->> 'resume_of')::bigint = s.id
        AND (r.plan IS NOT NULL OR r.status IN ('pending', 'processing'))) AS resumed_by
FROM geniacs_data_sync s
CROSS JOIN LATERAL (SELECT coalesce(sum(c.records_read), 0)::bigint AS records FROM sync_chunks c WHERE c.sync_id = s.id) done
WHERE s.id = $1
