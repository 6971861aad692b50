-- What a push has sent and Geniacs has not answered yet stands in the link before the request is sent: `unconfirmed`, and
-- for a record without a Geniacs id, which the request may create, also when it was sent and under which natural key.
ALTER TABLE record_links ADD COLUMN sent_at timestamptz;
ALTER TABLE record_links ADD COLUMN sent_key text;
-- The records that Geniacs may hold under an id that nobody here knows. Few, whatever the size of the table. The columns
-- of the index and its condition change only with the Geniacs id, so that other updates of a link stay cheap.
CREATE INDEX record_links_without_id ON record_links (integration_id, entity_type, local_id) WHERE geniacs_id IS NULL;

-- A new record that Geniacs has refused has no link.
UPDATE service_grants SET privileges = 'SELECT, INSERT, UPDATE, DELETE'
WHERE role_name = 'geniacs_worker' AND table_name = 'record_links';
SELECT apply_service_grants();

-- Events that wait for the answer of a push are found like those that found no record.
CREATE INDEX webhook_events_without_link ON geniacs_webhook_events (integration_id, entity_type, geniacs_id)
    WHERE outcome IN ('unknown_record', 'awaits_push');
DROP INDEX webhook_events_unmatched;
