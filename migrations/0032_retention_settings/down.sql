DROP INDEX syncs_under_way;
DROP TABLE retention_settings;
