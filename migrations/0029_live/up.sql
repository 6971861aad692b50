-- What a live view is told of. The transaction that last changed a sync's status or a conflict: with the snapshot of one
-- reading, the next one finds exactly what was committed since, however long its transaction took. A step of a sync does
-- not touch it, so that such updates stay within their page.
ALTER TABLE geniacs_data_sync ADD COLUMN status_xid xid8;
ALTER TABLE geniacs_data_sync ALTER COLUMN status_xid SET DEFAULT pg_current_xact_id();
CREATE INDEX syncs_by_status_change ON geniacs_data_sync (status_xid);

ALTER TABLE conflicts ADD COLUMN changed_xid xid8;
ALTER TABLE conflicts ALTER COLUMN changed_xid SET DEFAULT pg_current_xact_id();
CREATE INDEX conflicts_by_change ON conflicts (changed_xid);

CREATE FUNCTION stamp_status_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.status_xid := pg_current_xact_id();
    RETURN NEW;
END $$;
CREATE TRIGGER status_change BEFORE UPDATE OF status ON geniacs_data_sync FOR EACH ROW
    WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION stamp_status_change();

CREATE FUNCTION stamp_conflict_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.changed_xid := pg_current_xact_id();
    RETURN NEW;
END $$;
CREATE TRIGGER change BEFORE UPDATE ON conflicts FOR EACH ROW EXECUTE FUNCTION stamp_conflict_change();

-- Tells whoever shows live events that there is something to read, and not what. Only where something changes seldom:
-- commits that notify wait for one another.
CREATE FUNCTION notify_live() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('geniacs_live', '');
    RETURN NULL;
END $$;
CREATE TRIGGER live_new AFTER INSERT ON geniacs_data_sync FOR EACH ROW EXECUTE FUNCTION notify_live();
CREATE TRIGGER live_change AFTER UPDATE OF status ON geniacs_data_sync FOR EACH ROW
    WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION notify_live();
CREATE TRIGGER live AFTER INSERT OR UPDATE ON conflicts FOR EACH ROW EXECUTE FUNCTION notify_live();
CREATE TRIGGER live_new AFTER INSERT ON integration_limits FOR EACH ROW
    WHEN (NEW.paused_until IS NOT NULL OR NEW.opened_at IS NOT NULL OR NEW.credentials_refused_at IS NOT NULL)
    EXECUTE FUNCTION notify_live();
CREATE TRIGGER live_change AFTER UPDATE OF paused_until, opened_at, credentials_refused_at ON integration_limits
    FOR EACH ROW WHEN ((OLD.paused_until, OLD.opened_at, OLD.credentials_refused_at)
        IS DISTINCT FROM (NEW.paused_until, NEW.opened_at, NEW.credentials_refused_at))
    EXECUTE FUNCTION notify_live();
CREATE TRIGGER live_new AFTER INSERT ON geniacs_integrations FOR EACH ROW EXECUTE FUNCTION notify_live();
CREATE TRIGGER live_change AFTER UPDATE OF is_active, sync_enabled, archived_at ON geniacs_integrations
    FOR EACH ROW WHEN ((OLD.is_active, OLD.sync_enabled, OLD.archived_at)
        IS DISTINCT FROM (NEW.is_active, NEW.sync_enabled, NEW.archived_at))
    EXECUTE FUNCTION notify_live();
