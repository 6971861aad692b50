DROP TRIGGER customers_gone ON customers;
DROP TRIGGER subscriptions_gone ON customer_subscriptions;
DROP TRIGGER invoices_gone ON invoices;
DROP TRIGGER payments_gone ON payments;
DROP TRIGGER nas_servers_gone ON nas_servers;
DROP FUNCTION leave_tombstones();
ALTER TABLE record_links DROP COLUMN applied_xid;
DROP TABLE record_tombstones;
