DROP INDEX record_errors_by_field;
DROP INDEX record_errors_by_type;
DROP INDEX record_errors_by_cause;
ALTER TABLE sync_record_errors DROP COLUMN field;
