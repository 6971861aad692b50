WITH told AS (
    SELECT DISTINCT ON (p.invoice_id) p.invoice_id AS id, u.micros, u.event_id
    FROM unnest($2::text[], $3::bigint[], $4::bigint[]) AS u (geniacs_id, micros, event_id) {PAYMENT}
    WHERE p.invoice_id = ANY ($5) AND p.deleted_at IS NULL AND p.status IN ('success', 'partial_refund')
    ORDER BY p.invoice_id, u.micros DESC, u.event_id DESC
), known AS (
    SELECT t.*, i.status AS old_status, i.paid_amount AS old_amount, i.updated_at AS changed_at, i.total_amount, s.paid_at,
        greatest(i.paid_amount, s.paid) AS amount
    FROM told t JOIN invoices i USING (id)
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(p.amount - coalesce(p.refund_amount, 0)), 0) AS paid, max(p.paid_at) AS paid_at
        FROM payments p
        WHERE p.invoice_id = i.id AND p.deleted_at IS NULL AND p.status IN ('success', 'partial_refund')
          -- Money of another currency is no share of this one's.
          AND {payment_currency} = {invoice_currency}) s
    LEFT JOIN LATERAL (
        SELECT least(greatest(l.record_version, {told_status}), greatest(l.record_version, {told_amount})) AS version
        FROM record_links l WHERE l.integration_id = $1 AND l.entity_type = 'invoices' AND l.local_id = i.id LIMIT 1) l ON true
    WHERE i.deleted_at IS NULL AND i.status NOT IN ('cancelled', 'refunded')
      AND NOT ($9 AND i.status = 'partially_paid' AND coalesce(l.version, 0) > t.micros)
), decided AS (
    SELECT *, CASE WHEN old_status = 'paid' OR amount >= total_amount THEN 'paid'
                   WHEN amount > 0 THEN 'partially_paid' ELSE old_status END AS status
    FROM known
), settled AS (
    UPDATE invoices i SET status = d.status, paid_amount = d.amount,
        paid_at = CASE WHEN d.status = 'paid' AND d.old_status <> 'paid'
                       THEN coalesce(d.paid_at, to_timestamp(d.micros / 1000000.0)) ELSE i.paid_at END
    FROM decided d WHERE i.id = d.id AND (d.status, d.amount) IS DISTINCT FROM (d.old_status, d.old_amount)
    RETURNING i.id, i.updated_at, d.changed_at, d.micros, d.event_id
), noted AS (
    UPDATE record_links l SET applied_xid = NULL, written_at = s.updated_at,
        local_changed_at = CASE WHEN l.written_at = s.changed_at THEN l.local_changed_at ELSE s.changed_at END,
        field_versions = l.field_versions || (
        SELECT coalesce(jsonb_object_agg(k.name, jsonb_build_array(s.micros, s.event_id, 'settled')), '{{}}')
        FROM unnest(ARRAY[$6, $7, $8]) AS k (name)
        WHERE coalesce((l.field_versions -> k.name ->> 0)::bigint, 0) < s.micros)
    FROM settled s WHERE l.integration_id = $1 AND l.entity_type = 'invoices' AND l.local_id = s.id
)
SELECT id FROM settled
