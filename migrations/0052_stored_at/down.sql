ALTER TABLE geniacs_webhook_events DROP COLUMN stored_at;
