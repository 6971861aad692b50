UPDATE service_grants SET privileges = 'SELECT, UPDATE'
WHERE role_name = 'geniacs_gateway' AND table_name = 'audit_chain';
ALTER TABLE audit_chain DROP COLUMN older_mac, DROP COLUMN older_entries;
DROP FUNCTION note_audit_chain_has_begun();
DROP FUNCTION audit_chain_has_begun();
DROP SEQUENCE audit_chain_begun;
