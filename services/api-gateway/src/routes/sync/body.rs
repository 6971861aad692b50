//! Bodies, as documents describe them; `request` and `filters` read them.
#![expect(dead_code, reason = "bodies are read field by field; these types say what they may hold")]

use crate::openapi::names;
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

/// A sync that is asked for.
#[derive(ToSchema)]
#[schema(as = SyncRequest)]
pub(super) struct TriggerBody {
    integration_id: i64,
    #[schema(value_type = names::EntityType, example = "customers")]
    entity_type: String,
    /// `incremental` unless told.
    #[schema(value_type = Option<names::SyncType>, example = "full")]
    sync_type: Option<String>,
    /// `to_geniacs` unless told.
    #[schema(value_type = Option<names::SyncDirection>, example = "to_geniacs")]
    sync_direction: Option<String>,
    filters: Option<Filters>,
    options: Option<Options>,
}

/// Which records a sync is limited to.
#[derive(ToSchema)]
#[schema(as = SyncFilters)]
pub(in crate::routes) struct Filters {
    /// Only records changed at or after this moment.
    #[schema(nullable = false)]
    updated_since: Option<DateTime<Utc>>,
    /// Only records with this status, which is one that the entity has.
    #[schema(min_length = 1, max_length = 64, example = "active", nullable = false)]
    status: Option<String>,
    /// `status` by another name, for customers.
    #[schema(min_length = 1, max_length = 64, nullable = false)]
    customer_status: Option<String>,
    /// `status` by another name, for subscriptions.
    #[schema(min_length = 1, max_length = 64, nullable = false)]
    subscription_status: Option<String>,
    /// `status` by another name, for payments.
    #[schema(min_length = 1, max_length = 64, nullable = false)]
    payment_status: Option<String>,
    /// `status` by another name, for invoices.
    #[schema(min_length = 1, max_length = 64, nullable = false)]
    invoice_status: Option<String>,
    /// `status` by another name, for NAS servers.
    #[schema(min_length = 1, max_length = 64, nullable = false)]
    nas_server_status: Option<String>,
    /// Only these: local ids (numbers) in a push, Geniacs ids (text) in a pull.
    #[schema(min_items = 1, max_items = 10_000, nullable = false)]
    ids: Option<Vec<RecordKey>>,
    /// At most this many records.
    #[schema(minimum = 1, example = 1000, nullable = false)]
    limit: Option<i64>,
}

/// A local id, or a Geniacs id.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(super) enum RecordKey {
    Local(i64),
    Geniacs(String),
}

/// What a sync may do.
#[derive(ToSchema)]
#[schema(as = SyncOptions)]
#[expect(clippy::struct_excessive_bools, reason = "the contract names each of them")]
pub(in crate::routes) struct Options {
    /// Create records that the other side lacks.
    #[schema(default = true)]
    create_missing: bool,
    /// Update records that both sides have.
    #[schema(default = true)]
    update_existing: bool,
    /// Delete records that this side lacks; only in a full sync without filters.
    #[schema(default = false)]
    delete_missing: bool,
    /// Only plan what would happen.
    #[schema(default = false)]
    dry_run: bool,
    /// Delete more than the guard allows.
    #[schema(default = false)]
    confirm_deletes: bool,
    /// Clear or change more than the guards allow.
    #[schema(default = false, nullable = false)]
    confirm_changes: Option<bool>,
    #[schema(value_type = names::IfRunning, default = "queue")]
    if_running: String,
}
