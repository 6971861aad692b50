-- The names that the specification fixes, as types, so that no other value can be stored.
CREATE TYPE entity_type AS ENUM ('customers', 'subscriptions', 'payments', 'monitoring_data', 'invoices', 'nas_servers');
CREATE TYPE sync_type AS ENUM ('full', 'incremental', 'real_time', 'scheduled');
CREATE TYPE sync_direction AS ENUM ('to_geniacs', 'from_geniacs', 'bidirectional');
CREATE TYPE sync_status AS ENUM ('pending', 'processing', 'success', 'failed', 'partial', 'cancelled');
CREATE TYPE field_type AS ENUM ('string', 'number', 'boolean', 'date', 'json');
CREATE TYPE log_level AS ENUM ('debug', 'info', 'warning', 'error', 'critical');
CREATE TYPE webhook_state AS ENUM ('received', 'processed', 'superseded', 'failed', 'set_aside');
CREATE TYPE user_role AS ENUM ('viewer', 'operator', 'admin');
CREATE TYPE schedule_overlap AS ENUM ('skip', 'queue');
CREATE TYPE schedule_catch_up AS ENUM ('skip', 'one', 'all');
CREATE TYPE chunk_kind AS ENUM ('plan', 'push', 'pull');
CREATE TYPE chunk_state AS ENUM ('open', 'done', 'dropped');

-- Every statement takes the time from here, so that a test can move it for one database.
CREATE FUNCTION geniacs_now() RETURNS timestamptz LANGUAGE sql STABLE AS 'SELECT statement_timestamp()';

-- Keeps updated_at of our own tables.
CREATE FUNCTION touch_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at := geniacs_now();
    RETURN NEW;
END $$;
