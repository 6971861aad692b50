DROP INDEX audit_log_subject;
CREATE INDEX audit_log_subject ON audit_log (subject_type, subject_id, id DESC);
DROP INDEX audit_log_user;
DROP INDEX audit_log_action;
DROP INDEX audit_log_time;
DROP TABLE audit_chain;
ALTER TABLE audit_log DROP CONSTRAINT audit_log_signed, DROP COLUMN mac, DROP COLUMN seq;
