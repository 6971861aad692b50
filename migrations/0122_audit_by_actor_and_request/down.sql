DROP INDEX audit_log_request;
DROP INDEX audit_log_actor;
