DROP TABLE outbox, sync_stats_daily, geniacs_sync_logs, sync_positions, record_links, sync_record_errors, sync_chunks,
    geniacs_data_sync;
