CREATE INDEX webhook_events_unmatched ON geniacs_webhook_events (integration_id, entity_type, geniacs_id) WHERE outcome = 'unknown_record';
DROP INDEX webhook_events_without_link;
UPDATE service_grants SET privileges = 'SELECT, INSERT, UPDATE'
WHERE role_name = 'geniacs_worker' AND table_name = 'record_links';
DROP INDEX record_links_without_id;
ALTER TABLE record_links DROP COLUMN sent_key;
ALTER TABLE record_links DROP COLUMN sent_at;
