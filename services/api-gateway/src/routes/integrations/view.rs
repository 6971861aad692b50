//! An integration as callers see it: everything but its secrets.

use super::body::{Configuration, RateLimits};
use super::held::{Held, held};
use super::rate_windows::{RateWindowView, rate_windows};
use crate::openapi::names;
use crate::routes::attention::InStepView;
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use std::borrow::Cow;
use std::collections::HashMap;
use storage::console::freshness;
use storage::console::stats::{self, SyncTotals};
use storage::partners::integrations::Integration;
use storage::partners::limits::{self, Health};
use storage::{Connection, Result};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

/// An integration as callers see it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Integration)]
pub(super) struct IntegrationView {
    id: i64,
    #[schema(example = "Geniacs")]
    name: String,
    description: Option<String>,
    #[schema(example = "https://api.geniacs.example/v1")]
    endpoint_url: String,
    #[schema(example = "v1")]
    api_version: String,
    webhook_url: Option<String>,
    is_active: bool,
    sync_enabled: bool,
    last_sync_at: Option<DateTime<Utc>>,
    last_webhook_received_at: Option<DateTime<Utc>>,
    sync_status: SyncStatusView,
    health: HealthView,
    /// How much of its `rate_limits` is used.
    rate_windows: Vec<RateWindowView>,
    /// As of when both sides are in step.
    in_step: Vec<InStepView>,
    #[schema(value_type = Configuration)]
    configuration: Value,
    #[schema(value_type = RateLimits)]
    rate_limits: Value,
    #[schema(example = 30)]
    timeout_seconds: i32,
    #[schema(example = 3)]
    retry_attempts: i32,
    /// Goes up with each change.
    version: i32,
    /// Null unless it is archived.
    archived_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

/// An integration that was just made: with the webhook secret, if that was made too.
pub(super) enum CreatedView {}

impl PartialSchema for CreatedView {
    fn schema() -> RefOr<Schema> {
        let RefOr::T(Schema::Object(mut integration)) = IntegrationView::schema() else { return RefOr::default() };
        let about = "Only if it was made here, and only in this answer";
        let secret = ObjectBuilder::new().schema_type(Type::String).description(Some(about));
        let secret = secret.examples(["whsec_4b0f6d"]).into();
        integration.properties.insert("webhook_secret".to_owned(), secret);
        RefOr::T(Schema::Object(integration))
    }
}

impl ToSchema for CreatedView {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("CreatedIntegration")
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        IntegrationView::schemas(schemas);
    }
}

/// How its syncs have ended so far.
#[expect(clippy::struct_field_names, reason = "the contract's names")]
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = IntegrationSyncs)]
struct SyncStatusView {
    total_syncs: i64,
    successful_syncs: i64,
    failed_syncs: i64,
    pending_syncs: i64,
}

/// Whether its work goes on.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = IntegrationHealth)]
pub(super) struct HealthView {
    #[schema(value_type = names::HealthStatus)]
    pub(super) status: &'static str,
    pub(super) paused_since: Option<DateTime<Utc>>,
    pub(super) paused_until: Option<DateTime<Utc>>,
    pub(super) reason: Option<String>,
    pub(super) message: Option<String>,
}

/// Integrations with what belongs to them, in the order given.
pub(super) async fn integration_views(
    connection: &mut Connection,
    rows: Vec<Integration>,
) -> Result<Vec<IntegrationView>> {
    let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();

    let totals = stats::totals(connection, &ids).await?;
    let mut totals: HashMap<i64, SyncTotals> = totals.into_iter().map(|t| (t.integration_id, t)).collect();
    let health = limits::health(connection, &ids).await?;
    let health: HashMap<i64, Health> = health.into_iter().map(|h| (h.integration_id, h)).collect();

    let mut in_step: HashMap<i64, Vec<InStepView>> = HashMap::new();
    for found in freshness::in_step(connection, &ids).await? {
        in_step.entry(found.integration_id).or_default().push(found.into());
    }

    let view = |row: Integration| {
        let id = row.id;
        let in_step = in_step.remove(&id).unwrap_or_default();
        IntegrationView {
            in_step,
            ..IntegrationView::new(row, totals.remove(&id).unwrap_or_default(), health.get(&id))
        }
    };
    Ok(rows.into_iter().map(view).collect())
}

/// One integration with what belongs to it.
pub(super) async fn integration_view(connection: &mut Connection, row: Integration) -> Result<IntegrationView> {
    let mut views = integration_views(connection, vec![row]).await?;
    views.pop().ok_or(storage::Error::NotFound)
}

impl IntegrationView {
    pub(super) fn version(&self) -> i32 {
        self.version
    }

    /// What its row says, without what belongs to it.
    pub(super) fn of_row(row: Integration) -> Self {
        Self::new(row, SyncTotals::default(), None)
    }

    fn new(row: Integration, totals: SyncTotals, health: Option<&Health>) -> Self {
        Self {
            health: HealthView::new(&row, health),
            rate_windows: rate_windows(&row, health),
            in_step: Vec::new(),
            id: row.id,
            name: row.name,
            description: row.description,
            endpoint_url: row.endpoint_url,
            api_version: row.api_version,
            webhook_url: row.webhook_url,
            is_active: row.is_active,
            sync_enabled: row.sync_enabled,
            last_sync_at: row.last_sync_at,
            last_webhook_received_at: row.last_webhook_received_at,
            sync_status: SyncStatusView {
                total_syncs: totals.total_syncs,
                successful_syncs: totals.successful_syncs,
                failed_syncs: totals.failed_syncs,
                pending_syncs: totals.pending_syncs,
            },
            configuration: row.configuration,
            rate_limits: row.rate_limits,
            timeout_seconds: row.timeout_seconds,
            retry_attempts: row.retry_attempts,
            version: row.version,
            archived_at: row.archived_at,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

impl HealthView {
    pub(super) fn new(row: &Integration, health: Option<&Health>) -> Self {
        let held = health.and_then(held);
        let status = match (row.is_active && row.sync_enabled, &held) {
            (false, _) => "disabled",
            (true, Some(_)) => "paused",
            (true, None) => "active",
        };

        let Some(Held { since, until, reason, message }) = held else {
            return Self { status, paused_since: None, paused_until: None, reason: None, message: None };
        };
        Self { status, paused_since: since, paused_until: until, reason: Some(reason), message: Some(message) }
    }
}
