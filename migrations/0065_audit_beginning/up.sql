-- Write access to audit_log and audit_chain must not be enough to begin the audit log anew. That a chain has begun is therefore
-- also kept where rows cannot be written: a sequence can be set back by its owner alone, and nobody else has any right to it.
CREATE SEQUENCE audit_chain_begun;

CREATE FUNCTION audit_chain_has_begun() RETURNS boolean LANGUAGE sql STABLE
    SECURITY DEFINER SET search_path = public, pg_temp AS 'SELECT is_called FROM audit_chain_begun';
-- Takes effect at once and is not rolled back: call it only once the beginning is committed.
CREATE FUNCTION note_audit_chain_has_begun() RETURNS bigint LANGUAGE sql VOLATILE
    SECURITY DEFINER SET search_path = public, pg_temp AS $$ SELECT nextval('audit_chain_begun') $$;

ALTER TABLE audit_chain
    -- Unsigned entries that were there when the chain began. Null until a service that knows the column has looked.
    ADD COLUMN older_entries bigint,
    -- HMAC-SHA256 over it and starts_after. A column of its own, since services of the version before write head_mac.
    ADD COLUMN older_mac bytea;

-- A row that somebody deleted is made anew by the next entry, which says so.
UPDATE service_grants SET privileges = 'SELECT, INSERT, UPDATE'
WHERE role_name = 'geniacs_gateway' AND table_name = 'audit_chain';
SELECT apply_service_grants();
