-- Rows of the provider's that are gone and that Geniacs may still have: what a push walks beside the table itself.
CREATE TABLE record_tombstones (
    entity_type entity_type NOT NULL,
    local_id bigint NOT NULL,
    -- The change position of the deletion.
    changed_xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    deleted_at timestamptz NOT NULL DEFAULT geniacs_now(),
    PRIMARY KEY (entity_type, local_id)
);
CREATE INDEX record_tombstones_changed ON record_tombstones (entity_type, changed_xid, local_id);

-- The change position at which the row says what Geniacs says, as far as the last thing that came from there tells: a
-- row that stands at it has nothing to push.
ALTER TABLE record_links ADD COLUMN applied_xid bigint;

-- One statement for a deletion of any size: an index probe per row, and a tombstone where Geniacs has or may have it. With
-- the rights of the tables' owner, so that no application of the provider's needs any on ours.
CREATE FUNCTION leave_tombstones() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO record_tombstones (entity_type, local_id)
    SELECT TG_ARGV[0]::entity_type, g.id FROM gone g
    WHERE (SELECT l.local_id FROM record_links l WHERE l.local_id = g.id AND l.entity_type = TG_ARGV[0]::entity_type
               AND (l.geniacs_id IS NOT NULL OR l.unconfirmed) AND l.deleted_version IS NULL LIMIT 1) IS NOT NULL
    ORDER BY g.id
    ON CONFLICT (entity_type, local_id) DO UPDATE SET changed_xid = excluded.changed_xid, deleted_at = excluded.deleted_at;
    RETURN NULL;
END $$;
CREATE TRIGGER customers_gone AFTER DELETE ON customers REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION leave_tombstones('customers');
CREATE TRIGGER subscriptions_gone AFTER DELETE ON customer_subscriptions REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION leave_tombstones('subscriptions');
CREATE TRIGGER invoices_gone AFTER DELETE ON invoices REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION leave_tombstones('invoices');
CREATE TRIGGER payments_gone AFTER DELETE ON payments REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION leave_tombstones('payments');
CREATE TRIGGER nas_servers_gone AFTER DELETE ON nas_servers REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION leave_tombstones('nas_servers');
