DROP TABLE audit_log, api_tokens, users;
