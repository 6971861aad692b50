-- The audit log is also searched by who acted and by the request that asked for it.
CREATE INDEX audit_log_actor ON audit_log (actor, created_at, id);
CREATE INDEX audit_log_request ON audit_log (request_id, created_at, id) WHERE request_id IS NOT NULL;
