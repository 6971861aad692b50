DROP TABLE customers;
DROP FUNCTION stamp_change();
