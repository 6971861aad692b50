DROP INDEX syncs_resuming;
ALTER TABLE geniacs_data_sync DROP COLUMN stalled_since;
ALTER TABLE geniacs_data_sync DROP COLUMN cancel_requested_at;
