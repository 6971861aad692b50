-- The field that a failure is about, by its local name where a mapping has it; empty where no single field is to blame, and
-- for failures from before this was written down. Not null, so that groups can be told apart by comparing rows.
ALTER TABLE sync_record_errors ADD COLUMN field varchar(255) NOT NULL DEFAULT '';
-- Groups are found by leaping from one to the next, and the failures of each come in the order of their numbers.
CREATE INDEX record_errors_by_cause ON sync_record_errors (sync_id, error_type, field, id);
CREATE INDEX record_errors_by_type ON sync_record_errors (sync_id, error_type, id);
CREATE INDEX record_errors_by_field ON sync_record_errors (sync_id, field, id);
