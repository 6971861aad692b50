-- Ids that a record had at Geniacs and has no more: it was numbered anew there, or made anew from here. What still comes
-- about such an id, a late event, makes no row. Where the id is linked again, the link counts.
CREATE TABLE former_ids (
    geniacs_id varchar(255) NOT NULL,
    integration_id bigint NOT NULL REFERENCES geniacs_integrations ON DELETE CASCADE,
    entity_type entity_type NOT NULL,
    local_id bigint NOT NULL,
    since timestamptz NOT NULL DEFAULT geniacs_now(),
    PRIMARY KEY (geniacs_id, integration_id, entity_type)
);

-- Whoever gives a link another id leaves the former one here.
CREATE FUNCTION keep_former_id() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO former_ids (geniacs_id, integration_id, entity_type, local_id)
    VALUES (OLD.geniacs_id, OLD.integration_id, OLD.entity_type, OLD.local_id)
    ON CONFLICT (geniacs_id, integration_id, entity_type) DO UPDATE SET local_id = excluded.local_id, since = excluded.since;
    RETURN NULL;
END $$;
CREATE TRIGGER record_links_former_id AFTER UPDATE OF geniacs_id ON record_links FOR EACH ROW
    WHEN (OLD.geniacs_id IS NOT NULL AND OLD.geniacs_id IS DISTINCT FROM NEW.geniacs_id)
    EXECUTE FUNCTION keep_former_id();

INSERT INTO service_grants (role_name, table_name, privileges) VALUES ('geniacs_worker', 'former_ids', 'SELECT, INSERT, UPDATE');
SELECT apply_service_grants();

-- Events whose record needs a unique value that another one still holds. Few, whatever the size of the table.
CREATE INDEX webhook_events_duplicate_value ON geniacs_webhook_events (integration_id, entity_type, id)
    WHERE outcome = 'duplicate_value';
