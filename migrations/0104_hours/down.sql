DROP TRIGGER hour ON geniacs_data_sync;
DROP FUNCTION count_hour();
DELETE FROM service_grants WHERE table_name IN ('sync_stats_hourly', 'sync_hours');
DROP VIEW sync_hours;
DROP TABLE sync_stats_hourly;
ALTER TABLE sync_stats_daily DROP COLUMN failed_records;
