DROP FUNCTION ensure_monitoring_partition(date);
DROP TABLE monitoring_data;
DROP TABLE payments;
DROP TABLE invoices;
DROP TABLE customer_subscriptions;
DROP TABLE nas_servers;
