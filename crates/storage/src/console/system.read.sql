SELECT current_setting('server_version') AS postgresql, geniacs_now() AS now,
    (SELECT max(version) FROM __diesel_schema_migrations) AS schema,
    (SELECT count(*) FROM outbox) AS outbox_rows,
    (SELECT min(available_at) FROM outbox WHERE available_at <= geniacs_now()) AS outbox_oldest,
    backlog.ready_chunks, backlog.ready_events,
    (SELECT min(available_at) FROM sync_chunks WHERE state = 'open' AND available_at <= geniacs_now()) AS oldest_chunk,
    (SELECT min(available_at) FROM geniacs_webhook_events
     WHERE state IN ('received', 'failed') AND available_at <= geniacs_now()) AS oldest_event,
    letters.dead_letters, letters.oldest_dead_letter
FROM worker_backlog backlog,
    (SELECT count(*) AS dead_letters, min(created_at) AS oldest_dead_letter FROM dead_letters
     WHERE state IN ('set_aside', 'unreadable')) letters
