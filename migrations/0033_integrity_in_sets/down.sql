DROP TRIGGER integrations_gone ON geniacs_integrations;
DROP TRIGGER webhook_events_integration ON geniacs_webhook_events;
DROP TRIGGER record_links_integration ON record_links;
DROP TRIGGER record_history_integration ON record_history;
DROP FUNCTION go_with_integrations();
DROP FUNCTION belong_to_integrations();
ALTER TABLE geniacs_webhook_events ADD CONSTRAINT geniacs_webhook_events_integration_id_fkey
    FOREIGN KEY (integration_id) REFERENCES geniacs_integrations ON DELETE CASCADE;
ALTER TABLE record_links ADD CONSTRAINT record_links_integration_id_fkey
    FOREIGN KEY (integration_id) REFERENCES geniacs_integrations ON DELETE CASCADE;
ALTER TABLE record_history ADD CONSTRAINT record_history_integration_id_fkey
    FOREIGN KEY (integration_id) REFERENCES geniacs_integrations ON DELETE CASCADE;
