DELETE FROM service_grants WHERE role_name = 'geniacs_scheduler' AND table_name = 'former_ids';
SELECT apply_service_grants();
DROP INDEX former_ids_since;
