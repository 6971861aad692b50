DROP TRIGGER live ON operations;
DROP TRIGGER change ON operations;
DROP FUNCTION stamp_operation_change();
DROP INDEX operations_by_change;
ALTER TABLE operations DROP COLUMN changed_xid;
