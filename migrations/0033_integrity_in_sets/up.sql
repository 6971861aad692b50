-- A foreign key looks the integration up for each row: more than half of what a row of these tables costs. They come
-- by hundreds and belong to one or a few integrations, so that a statement is checked as a whole.
CREATE FUNCTION belong_to_integrations() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    SET plan_cache_mode = auto AS $$
DECLARE
    stray bigint;
BEGIN
    -- Locked as by a foreign key: no integration goes while rows come.
    PERFORM FROM geniacs_integrations WHERE id IN (SELECT integration_id FROM made) ORDER BY id FOR KEY SHARE;
    SELECT integration_id INTO stray FROM made
    WHERE integration_id NOT IN (SELECT id FROM geniacs_integrations) LIMIT 1;
    IF FOUND THEN
        RAISE foreign_key_violation USING TABLE = TG_TABLE_NAME, COLUMN = 'integration_id',
            MESSAGE = format('there is no integration %s that rows of %I could belong to', stray, TG_TABLE_NAME);
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION go_with_integrations() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    DELETE FROM record_history WHERE integration_id IN (SELECT id FROM gone);
    DELETE FROM record_links WHERE integration_id IN (SELECT id FROM gone);
    DELETE FROM geniacs_webhook_events WHERE integration_id IN (SELECT id FROM gone);
    RETURN NULL;
END $$;

ALTER TABLE record_history DROP CONSTRAINT record_history_integration_id_fkey;
ALTER TABLE record_links DROP CONSTRAINT record_links_integration_id_fkey;
ALTER TABLE geniacs_webhook_events DROP CONSTRAINT geniacs_webhook_events_integration_id_fkey;

CREATE TRIGGER record_history_integration AFTER INSERT ON record_history REFERENCING NEW TABLE AS made
    FOR EACH STATEMENT EXECUTE FUNCTION belong_to_integrations();
CREATE TRIGGER record_links_integration AFTER INSERT ON record_links REFERENCING NEW TABLE AS made
    FOR EACH STATEMENT EXECUTE FUNCTION belong_to_integrations();
CREATE TRIGGER webhook_events_integration AFTER INSERT ON geniacs_webhook_events REFERENCING NEW TABLE AS made
    FOR EACH STATEMENT EXECUTE FUNCTION belong_to_integrations();
CREATE TRIGGER integrations_gone AFTER DELETE ON geniacs_integrations REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION go_with_integrations();
