-- A report can be made at any time.
UPDATE service_grants SET privileges = 'SELECT, INSERT' WHERE (role_name, table_name) = ('geniacs_gateway', 'reports');
SELECT apply_service_grants();

-- What one side lacks, for the list of a consistency check's differences.
CREATE INDEX plan_items_missing ON sync_plan_items (sync_id, direction, action, id) WHERE action IN ('create', 'delete');
