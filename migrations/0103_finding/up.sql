-- People look for records by the beginning of a name, a number or a code, in any case.
CREATE INDEX customers_name_prefix ON customers (lower(name) text_pattern_ops);
CREATE INDEX customers_email_prefix ON customers (lower(email) text_pattern_ops);
CREATE INDEX customers_phone_prefix ON customers (lower(phone) text_pattern_ops);
CREATE INDEX customers_code_prefix ON customers (lower(customer_code) text_pattern_ops);
CREATE INDEX subscriptions_username_prefix ON customer_subscriptions (lower(username) text_pattern_ops);
CREATE INDEX subscriptions_code_prefix ON customer_subscriptions (lower(subscription_code) text_pattern_ops);
CREATE INDEX invoices_number_prefix ON invoices (lower(invoice_number) text_pattern_ops);
CREATE INDEX payments_transaction_prefix ON payments (lower(transaction_id) text_pattern_ops);
CREATE INDEX nas_servers_nasname_prefix ON nas_servers (lower(nasname) text_pattern_ops);
CREATE INDEX nas_servers_shortname_prefix ON nas_servers (lower(shortname) text_pattern_ops);

-- The events of one record, newest first.
CREATE INDEX webhook_events_of_record ON geniacs_webhook_events (integration_id, geniacs_id, created_at, id)
    WHERE geniacs_id IS NOT NULL;
