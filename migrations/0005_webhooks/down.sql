DROP VIEW worker_backlog;
DROP TABLE geniacs_webhook_events;
