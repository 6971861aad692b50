DELETE FROM service_grants WHERE table_name IN ('operations', 'operation_items');
DROP TABLE operation_items;
DROP TABLE operations;
