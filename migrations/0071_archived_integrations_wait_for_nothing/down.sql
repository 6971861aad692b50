DELETE FROM service_grants WHERE role_name = 'geniacs_gateway' AND table_name = 'waiting_references';
SELECT apply_service_grants();
