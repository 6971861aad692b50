DROP INDEX webhook_events_duplicate_value;
DELETE FROM service_grants WHERE table_name = 'former_ids';
DROP TRIGGER record_links_former_id ON record_links;
DROP FUNCTION keep_former_id();
DROP TABLE former_ids;
