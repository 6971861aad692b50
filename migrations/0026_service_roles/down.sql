-- The roles stay: other databases of the server may use them.
DO $$
DECLARE
    granted record;
BEGIN
    FOR granted IN SELECT DISTINCT role_name FROM service_grants WHERE to_regrole(role_name) IS NOT NULL LOOP
        EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA public FROM %I', granted.role_name);
        EXECUTE format('REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM %I', granted.role_name);
        EXECUTE format('REVOKE ALL ON ALL FUNCTIONS IN SCHEMA public FROM %I', granted.role_name);
        EXECUTE format('REVOKE USAGE ON SCHEMA public FROM %I', granted.role_name);
    END LOOP;
END $$;
DROP FUNCTION drop_monitoring_partition(text);
GRANT EXECUTE ON FUNCTION ensure_monitoring_partition(date) TO PUBLIC;
ALTER FUNCTION ensure_monitoring_partition(date) SECURITY INVOKER RESET search_path;
DROP FUNCTION apply_service_grants();
DROP TABLE service_grants;
