DROP INDEX webhook_events_created, syncs_completed;
DROP TABLE reports, housekeeping_runs;
