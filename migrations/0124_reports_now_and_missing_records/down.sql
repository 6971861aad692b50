DROP INDEX plan_items_missing;
UPDATE service_grants SET privileges = 'SELECT' WHERE (role_name, table_name) = ('geniacs_gateway', 'reports');
DO $$ BEGIN
    IF to_regrole('geniacs_gateway') IS NOT NULL THEN
        REVOKE INSERT ON reports FROM geniacs_gateway;
    END IF;
END $$;
