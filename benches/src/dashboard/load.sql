-- As many records and failures as nobody should have to look through: what a year holds already, filled up to {rows}.
INSERT INTO customers (id, customer_code, name, email, phone, city, geniacs_customer_id)
SELECT n, 'C-' || n, 'Customer ' || n, 'c' || n || '@example.com', '0812' || lpad(n::text, 7, '0'), 'Bandung', 'cust_' || n
FROM generate_series((SELECT max(id) + 1 FROM customers), {rows}) n;
---
INSERT INTO record_links (integration_id, entity_type, local_id, geniacs_id, content_hash, agreed, last_synced_at)
SELECT {integration}, 'customers', c.id, c.geniacs_customer_id, sha256(c.id::text::bytea), json_build_object('customer_name', c.name), now()
FROM customers c WHERE NOT EXISTS (SELECT FROM record_links l WHERE l.entity_type = 'customers' AND l.local_id = c.id);
---
INSERT INTO sync_record_errors (sync_id, chunk_id, record_id, error_type, error_message, failed_at)
SELECT {sync}, (SELECT min(id) FROM sync_chunks WHERE sync_id = {sync}), n, 'validation_error', 'email is no e-mail address', now()
FROM generate_series(1, {rows}) n
ON CONFLICT DO NOTHING;
---
VACUUM ANALYZE customers, record_links, sync_record_errors;
