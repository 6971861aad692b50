-- What a person's sign-in made, and what a program was given; where and by what each was used last.
ALTER TABLE api_tokens ADD COLUMN kind text NOT NULL DEFAULT 'token' CHECK (kind IN ('session', 'token'));
ALTER TABLE api_tokens ADD COLUMN last_address inet;
ALTER TABLE api_tokens ADD COLUMN user_agent varchar(255);
UPDATE api_tokens SET kind = 'session' WHERE name = 'login' AND expires_at IS NOT NULL AND revoked_at IS NULL;
