//! `payment.completed`: its payment's invoice is paid, or partially paid while a balance stays.

use super::batch::Told;
use super::entity;
use crate::failure::Failure;
use crate::incoming::version_key;
use domain::EntityType;
use domain::webhook::EventKind;
use storage::Connection;
use storage::partners::mappings;
use storage::records::settlements::{self, VersionKeys};
use storage::webhooks::Event;

/// A payment that an event completes.
pub(super) struct Completed {
    geniacs_id: String,
    micros: i64,
    event_id: i64,
}

/// The payments that the events about payments complete.
pub(super) fn among(payments: &[Told<'_>]) -> Vec<Completed> {
    let is_completed = |event: &Event| EventKind::of(&event.event_type) == EventKind::PaymentCompleted;
    let completed = |told: &Told<'_>| Completed {
        geniacs_id: told.incoming.geniacs_id.clone(),
        micros: told.incoming.version.micros,
        event_id: told.event.id,
    };
    payments.iter().filter(|told| is_completed(told.event)).map(completed).collect()
}

/// Settles their invoices, after the payments themselves were applied.
pub(super) async fn settle(
    connection: &mut Connection,
    integration_id: i64,
    completed: &[Completed],
) -> Result<(), Failure> {
    if completed.is_empty() {
        return Ok(());
    }

    let mappings = mappings::active_for(connection, integration_id, EntityType::Invoices).await?;
    let key =
        |column: &str| version_key(mappings.iter().map(|m| (m.local_field.as_str(), m.geniacs_field.as_str())), column);

    let keys = VersionKeys {
        status: key("status"),
        paid_at: key("paid_at"),
        paid_amount: key("paid_amount"),
        paid_amount_is_mapped: mappings.iter().any(|m| m.local_field == "paid_amount"),
    };

    let completed: Vec<settlements::Completed<'_>> = completed
        .iter()
        .map(|c| settlements::Completed { geniacs_id: &c.geniacs_id, micros: c.micros, event_id: c.event_id })
        .collect();

    let settled = settlements::settle(connection, integration_id, &completed, &keys).await?;
    if settled.is_empty() {
        return Ok(());
    }

    let columns = ["status", "paid_at", "paid_amount"];
    entity::accept_columns(connection, integration_id, EntityType::Invoices, &settled, &columns).await
}
