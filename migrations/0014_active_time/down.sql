ALTER TABLE geniacs_data_sync DROP COLUMN active_seconds;
