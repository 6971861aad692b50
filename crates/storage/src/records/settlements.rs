//! What a completed payment does to its invoice.

use crate::records::links;
use crate::runs::logs;
use crate::{Connection, Result};
use diesel::QueryableByName;
use diesel::sql_types::{Array, BigInt, Bool, Text};
use diesel_async::RunQueryDsl;
use domain::EntityType;

/// A payment that Geniacs says is completed.
#[derive(Debug, Clone)]
pub struct Completed<'a> {
    /// The payment's Geniacs id.
    pub geniacs_id: &'a str,
    /// When it was completed, microseconds since 1970.
    pub micros: i64,
    /// The event that says so.
    pub event_id: i64,
}

/// The names under which links keep the versions of an invoice's columns.
#[derive(Debug, Clone)]
pub struct VersionKeys {
    /// Of `status`.
    pub status: String,
    /// Of `paid_at`.
    pub paid_at: String,
    /// Of `paid_amount`.
    pub paid_amount: String,
    /// Whether Geniacs tells `paid_amount` itself.
    pub paid_amount_is_mapped: bool,
}

/// Marks the invoices of completed payments as paid, or as partially paid while a balance stays, and notes it as told
/// by those events. What was paid is the sum of the successful payments in the invoice's currency, less what went back,
/// and never less than before; so a second time changes nothing. Cancelled and refunded invoices stay, and so does one
/// that Geniacs called partially paid later than the event: it knew of the payment. Such a write is no change of the
/// local side's. Returns the invoices that changed.
pub async fn settle(
    connection: &mut Connection,
    integration_id: i64,
    completed: &[Completed<'_>],
    keys: &VersionKeys,
) -> Result<Vec<i64>> {
    let ids = lock(connection, integration_id, completed).await?;
    if ids.is_empty() {
        return Ok(Vec::new());
    }

    warn_of_other_currencies(connection, integration_id, completed).await?;

    let settled: Vec<Id> = diesel::sql_query(settlement_sql())
        .bind::<BigInt, _>(integration_id)
        .bind::<Array<Text>, _>(completed.iter().map(|c| c.geniacs_id).collect::<Vec<_>>())
        .bind::<Array<BigInt>, _>(completed.iter().map(|c| c.micros).collect::<Vec<_>>())
        .bind::<Array<BigInt>, _>(completed.iter().map(|c| c.event_id).collect::<Vec<_>>())
        .bind::<Array<BigInt>, _>(ids)
        .bind::<Text, _>(&keys.status)
        .bind::<Text, _>(&keys.paid_at)
        .bind::<Text, _>(&keys.paid_amount)
        .bind::<Bool, _>(keys.paid_amount_is_mapped)
        .load(connection)
        .await?;

    Ok(settled.into_iter().map(|row| row.id).collect())
}

/// The statement of [`settle`]: what Geniacs told of each invoice, what was known of it, what it comes to, and the row and
/// link that say so. `$6` to `$8` name the columns' versions; `$9` says whether Geniacs tells `paid_amount` itself.
pub(crate) fn settlement_sql() -> String {
    format!(
        include_str!("settlements.settle.sql"),
        PAYMENT = PAYMENT,
        told_status = told("$6"),
        told_amount = told("$8"),
        payment_currency = currency("p"),
        invoice_currency = currency("i")
    )
}

/// The version of an invoice's column as Geniacs told it itself; null where it comes from a settlement.
fn told(key: &str) -> String {
    format!("CASE WHEN l.field_versions -> {key} ->> 2 IS NULL THEN (l.field_versions -> {key} ->> 0)::bigint END")
}

/// The payment `p` whose Geniacs id is `u.geniacs_id`; `$1` is the integration.
const PAYMENT: &str = "CROSS JOIN LATERAL (
        SELECT l.local_id FROM record_links l WHERE l.integration_id = $1 AND l.entity_type = 'payments'
            AND l.geniacs_id = u.geniacs_id LIMIT 1) link
    JOIN payments p ON p.id = link.local_id";

/// The currency of a row; rupiah where the provider's table or the row tells none.
fn currency(row: &str) -> String {
    format!("coalesce(nullif(upper(btrim(to_jsonb({row}) ->> 'currency')), ''), 'IDR')")
}

#[derive(QueryableByName)]
struct OtherCurrency {
    #[diesel(sql_type = BigInt)]
    payment_id: i64,
    #[diesel(sql_type = BigInt)]
    invoice_id: i64,
    #[diesel(sql_type = BigInt)]
    event_id: i64,
    #[diesel(sql_type = Text)]
    paid_in: String,
    #[diesel(sql_type = Text)]
    billed_in: String,
}

/// Notes completed payments that pay nothing of their invoice, because they are in another currency.
async fn warn_of_other_currencies(
    connection: &mut Connection,
    integration_id: i64,
    completed: &[Completed<'_>],
) -> Result<()> {
    let (paid_in, billed_in) = (currency("p"), currency("i"));

    let sql = format!(
        "SELECT p.id AS payment_id, i.id AS invoice_id, u.event_id, {paid_in} AS paid_in, {billed_in} AS billed_in
         FROM unnest($2, $3) AS u (geniacs_id, event_id) {PAYMENT} JOIN invoices i ON i.id = p.invoice_id
         WHERE p.deleted_at IS NULL AND p.status IN ('success', 'partial_refund') AND {paid_in} <> {billed_in}
         ORDER BY p.id"
    );

    let others: Vec<OtherCurrency> = diesel::sql_query(sql)
        .bind::<BigInt, _>(integration_id)
        .bind::<Array<Text>, _>(completed.iter().map(|c| c.geniacs_id).collect::<Vec<_>>())
        .bind::<Array<BigInt>, _>(completed.iter().map(|c| c.event_id).collect::<Vec<_>>())
        .load(connection)
        .await?;

    let entry = |other: &OtherCurrency| logs::Entry {
        level: "warning",
        message: format!(
            "A completed payment in {} is not added to its invoice in {}; settle it by hand",
            other.paid_in, other.billed_in
        ),
        context: Some(serde_json::json!({
            "payment_id": other.payment_id,
            "invoice_id": other.invoice_id,
            "webhook_event_id": other.event_id,
        })),
        ..logs::Entry::default()
    };

    logs::add(connection, integration_id, None, &others.iter().map(entry).collect::<Vec<_>>()).await
}

/// Locks the invoices of payments with their links; what others did to them is seen by the next statement.
async fn lock(connection: &mut Connection, integration_id: i64, completed: &[Completed<'_>]) -> Result<Vec<i64>> {
    let sql = format!(
        "SELECT DISTINCT p.invoice_id AS id FROM unnest($2) AS u (geniacs_id) {PAYMENT} WHERE p.invoice_id IS NOT NULL"
    );
    let found: Vec<Id> = diesel::sql_query(sql)
        .bind::<BigInt, _>(integration_id)
        .bind::<Array<Text>, _>(completed.iter().map(|c| c.geniacs_id).collect::<Vec<_>>())
        .load(connection)
        .await?;
    let ids: Vec<i64> = found.into_iter().map(|row| row.id).collect();

    // Links are locked before records everywhere, so that no two transactions wait for each other.
    links::lock(connection, integration_id, EntityType::Invoices, &ids).await?;
    diesel::sql_query("SELECT 1 FROM invoices WHERE id = ANY ($1) ORDER BY id FOR NO KEY UPDATE")
        .bind::<Array<BigInt>, _>(&ids)
        .execute(connection)
        .await?;

    Ok(ids)
}

#[derive(QueryableByName)]
struct Id {
    #[diesel(sql_type = BigInt)]
    id: i64,
}
