-- Live views are told how far operations have come: each row carries the transaction that last changed that, as conflicts do.
ALTER TABLE operations ADD COLUMN changed_xid xid8;
ALTER TABLE operations ALTER COLUMN changed_xid SET DEFAULT pg_current_xact_id();
CREATE INDEX operations_by_change ON operations (changed_xid);

CREATE FUNCTION stamp_operation_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.changed_xid := pg_current_xact_id();
    RETURN NEW;
END $$;
-- An attempt that failed is no progress.
CREATE TRIGGER change BEFORE UPDATE OF total, done, failed, completed_at ON operations
    FOR EACH ROW EXECUTE FUNCTION stamp_operation_change();
-- Once for each set that is done, which holds many things.
CREATE TRIGGER live AFTER INSERT OR UPDATE OF total, done, failed, completed_at ON operations
    FOR EACH ROW EXECUTE FUNCTION notify_live();
