-- What each service may do, and no more: a role for each, which its statements run with (GENIACS_DATABASE__ROLE).
CREATE TABLE service_grants (
    role_name text NOT NULL,
    table_name text NOT NULL,
    privileges text NOT NULL,
    PRIMARY KEY (role_name, table_name)
);

-- Makes the roles that are missing and gives them what stands in the table; also after each `geniacsctl migrate`, so that
-- roles that somebody else made later get theirs. Roles belong to the whole server, where other databases may be making
-- them at the same moment; without the right to make them, they are passed over.
CREATE FUNCTION apply_service_grants() RETURNS void LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    wanted record;
    -- Since PostgreSQL 16, whoever makes a role is a member that may not use it.
    kind text := CASE WHEN current_setting('server_version_num')::int >= 160000 THEN 'SET' ELSE 'MEMBER' END;
BEGIN
    FOR wanted IN SELECT DISTINCT role_name FROM service_grants ORDER BY 1 LOOP
        BEGIN
            IF to_regrole(wanted.role_name) IS NULL THEN
                EXECUTE format('CREATE ROLE %I NOLOGIN', wanted.role_name);
            END IF;
        EXCEPTION
            WHEN duplicate_object OR unique_violation THEN NULL;
            WHEN insufficient_privilege THEN
                RAISE NOTICE 'the role % is missing, and % may not make it: have an administrator run '
                    '"CREATE ROLE % NOLOGIN; GRANT % TO %;", then `geniacsctl migrate` again',
                    wanted.role_name, current_user, wanted.role_name, wanted.role_name, current_user;
        END;
        BEGIN
            IF to_regrole(wanted.role_name) IS NOT NULL AND NOT pg_has_role(wanted.role_name, kind) THEN
                EXECUTE format('GRANT %I TO CURRENT_USER', wanted.role_name);
            END IF;
        EXCEPTION
            -- Another database does the same at this moment.
            WHEN unique_violation OR internal_error OR insufficient_privilege THEN NULL;
        END;
    END LOOP;
    FOR wanted IN SELECT * FROM service_grants WHERE to_regrole(role_name) IS NOT NULL ORDER BY table_name, role_name LOOP
        EXECUTE format('GRANT %s ON %I TO %I', wanted.privileges, wanted.table_name, wanted.role_name);
    END LOOP;
    FOR wanted IN SELECT DISTINCT role_name FROM service_grants WHERE to_regrole(role_name) IS NOT NULL LOOP
        EXECUTE format('GRANT USAGE ON SCHEMA public TO %I', wanted.role_name);
    END LOOP;
    FOR wanted IN SELECT g.role_name, s.relname FROM service_grants g
        JOIN pg_depend d ON d.refobjid = to_regclass(g.table_name) AND d.refclassid = 'pg_class'::regclass
            AND d.classid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
        JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S'
        WHERE g.privileges LIKE '%INSERT%' AND to_regrole(g.role_name) IS NOT NULL
    LOOP
        EXECUTE format('GRANT USAGE ON SEQUENCE %I TO %I', wanted.relname, wanted.role_name);
    END LOOP;
    -- The scheduler makes and drops the months of monitoring data, which otherwise only their owner may.
    IF to_regrole('geniacs_scheduler') IS NOT NULL THEN
        GRANT EXECUTE ON FUNCTION ensure_monitoring_partition(date), drop_monitoring_partition(text) TO geniacs_scheduler;
    END IF;
END $$;

INSERT INTO service_grants (role_name, privileges, table_name)
SELECT role_name, privileges, unnest(table_names) FROM (VALUES
    ('geniacs_gateway', 'SELECT',
     '{__diesel_schema_migrations, customers, customer_subscriptions, invoices, payments, monitoring_data,
       nas_servers, record_history, record_tombstones, reports, schedule_ticks, sync_plan_items, sync_positions,
       sync_record_errors}'::text[]),
    ('geniacs_gateway', 'SELECT, INSERT',
     '{audit_log, geniacs_sync_logs}'::text[]),
    ('geniacs_gateway', 'SELECT, UPDATE',
     '{audit_chain, geniacs_webhook_events, conflicts}'::text[]),
    ('geniacs_gateway', 'SELECT, INSERT, UPDATE',
     '{geniacs_integrations, integration_limits, geniacs_data_sync, sync_chunks, sync_stats_daily, record_links,
       api_tokens}'::text[]),
    ('geniacs_gateway', 'SELECT, INSERT, UPDATE, DELETE',
     '{geniacs_field_mappings, geniacs_sync_schedules, outbox, users}'::text[]),
    ('geniacs_ingest', 'SELECT',
     '{__diesel_schema_migrations}'::text[]),
    ('geniacs_ingest', 'SELECT, UPDATE',
     '{geniacs_integrations}'::text[]),
    ('geniacs_ingest', 'SELECT, INSERT',
     '{geniacs_sync_logs}'::text[]),
    ('geniacs_ingest', 'SELECT, INSERT, UPDATE',
     '{geniacs_webhook_events}'::text[]),
    ('geniacs_ingest', 'SELECT, INSERT, UPDATE, DELETE',
     '{outbox}'::text[]),
    ('geniacs_scheduler', 'SELECT',
     '{__diesel_schema_migrations, customers, customer_subscriptions, invoices, payments, nas_servers,
       geniacs_field_mappings, conflicts}'::text[]),
    ('geniacs_scheduler', 'SELECT, DELETE',
     '{audit_log, monitoring_data, monitoring_data_default, sync_plan_items, sync_record_errors}'::text[]),
    ('geniacs_scheduler', 'SELECT, UPDATE',
     '{audit_chain, geniacs_sync_schedules, integration_limits}'::text[]),
    ('geniacs_scheduler', 'SELECT, INSERT, UPDATE',
     '{interval_runs, housekeeping_runs, sync_positions}'::text[]),
    ('geniacs_scheduler', 'SELECT, UPDATE, DELETE',
     '{geniacs_integrations, record_history, record_links, record_tombstones, waiting_references}'::text[]),
    ('geniacs_scheduler', 'SELECT, INSERT, DELETE',
     '{schedule_ticks}'::text[]),
    ('geniacs_scheduler', 'SELECT, INSERT',
     '{reports}'::text[]),
    ('geniacs_scheduler', 'SELECT, INSERT, UPDATE, DELETE',
     '{geniacs_data_sync, sync_chunks, geniacs_sync_logs, geniacs_webhook_events, outbox}'::text[]),
    ('geniacs_worker', 'SELECT',
     '{__diesel_schema_migrations, geniacs_field_mappings}'::text[]),
    ('geniacs_worker', 'SELECT, INSERT',
     '{geniacs_sync_logs, record_history}'::text[]),
    ('geniacs_worker', 'SELECT, UPDATE',
     '{geniacs_integrations}'::text[]),
    ('geniacs_worker', 'SELECT, INSERT, UPDATE',
     '{customers, customer_subscriptions, invoices, payments, monitoring_data, nas_servers, geniacs_data_sync,
       sync_chunks, integration_limits, record_links, geniacs_webhook_events, conflicts, sync_stats_daily,
       waiting_references, record_tombstones}'::text[]),
    ('geniacs_worker', 'SELECT, INSERT, UPDATE, DELETE',
     '{sync_plan_items, sync_record_errors, sync_positions, sync_sightings, outbox}'::text[])
) AS granted (role_name, privileges, table_names);

-- With the rights of the tables' owner.
ALTER FUNCTION ensure_monitoring_partition(date) SECURITY DEFINER SET search_path = public, pg_temp;
CREATE FUNCTION drop_monitoring_partition(name text) RETURNS boolean LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF name !~ '^monitoring_data_y\d{4}m\d{2}$' OR to_regclass(name) IS NULL THEN
        RETURN false;
    END IF;
    EXECUTE format('DROP TABLE %I', name);
    RETURN true;
END $$;
REVOKE EXECUTE ON FUNCTION ensure_monitoring_partition(date), drop_monitoring_partition(text) FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION apply_service_grants() FROM PUBLIC;

SELECT apply_service_grants();
