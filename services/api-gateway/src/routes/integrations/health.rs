//! `GET /api/geniacs/integrations/{id}/health`

use super::WHAT;
use super::rate_windows::{RateWindowView, rate_windows};
use super::view::HealthView;
use crate::error::ApiError;
use crate::openapi::{Answer, Operation, names};
use crate::state::State;
use crate::{answer, input};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use chrono::{DateTime, Utc};
use futures_util::FutureExt as _;
use serde::Serialize;
use serde_json::json;
use storage::Connection;
use storage::partners::integrations::{self, Integration};
use storage::partners::limits::{self, Health};
use utoipa::ToSchema;

/// Whether an integration's work goes on, when it last did, and what its limits say.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = HealthReport)]
pub(in crate::routes) struct StandingView {
    #[schema(value_type = names::HealthStatus)]
    status: &'static str,
    paused_since: Option<DateTime<Utc>>,
    paused_until: Option<DateTime<Utc>>,
    reason: Option<String>,
    message: Option<String>,
    is_active: bool,
    sync_enabled: bool,
    last_sync_at: Option<DateTime<Utc>>,
    last_webhook_received_at: Option<DateTime<Utc>>,
    breaker: BreakerView,
    /// Only those that `rate_limits` name.
    windows: Vec<RateWindowView>,
    /// When refused credentials are tried next.
    next_connection_test_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Breaker)]
struct BreakerView {
    #[schema(value_type = names::BreakerState)]
    state: &'static str,
    /// One after another.
    failures: i32,
    opened_at: Option<DateTime<Utc>>,
    next_probe_at: Option<DateTime<Utc>>,
}

/// How an integration is.
pub(crate) async fn get_integration_health(state: Data<State>, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let id = input::id(&request, WHAT)?;
    let view = state.database.run(move |c| read_health(c, id).boxed()).await?;
    Ok(answer::data(json!({"health": view})))
}

pub(crate) fn describe_get_integration_health() -> Operation {
    Operation::new(
        "get_integration_health",
        "Shows whether an integration's work goes on",
        Answer::one::<StandingView>("health"),
    )
}

async fn read_health(connection: &mut Connection, id: i64) -> Result<StandingView, ApiError> {
    let row = integrations::find(connection, id).await?.ok_or(ApiError::NotFound(WHAT))?;
    let health = limits::health(connection, &[id]).await?.pop();
    Ok(StandingView::new(&row, health))
}

impl StandingView {
    /// How an integration is, by what is noted of it.
    pub(in crate::routes) fn new(row: &Integration, health: Option<Health>) -> Self {
        let HealthView { status, paused_since, paused_until, reason, message } = HealthView::new(row, health.as_ref());
        Self {
            status,
            paused_since,
            paused_until,
            reason,
            message,
            is_active: row.is_active,
            sync_enabled: row.sync_enabled,
            last_sync_at: row.last_sync_at,
            last_webhook_received_at: row.last_webhook_received_at,
            breaker: BreakerView::new(health.as_ref()),
            windows: rate_windows(row, health.as_ref()),
            next_connection_test_at: health.and_then(|health| health.next_test_at),
        }
    }
}

impl BreakerView {
    fn new(health: Option<&Health>) -> Self {
        let (opened_at, next_probe_at) = (health.and_then(|h| h.opened_at), health.and_then(|h| h.next_probe_at));
        let state = match (opened_at, health) {
            (Some(_), Some(health)) if health.probe_due => "half_open",
            (Some(_), _) => "open",
            _ => "closed",
        };
        Self { state, failures: health.map_or(0, |h| h.failures), opened_at, next_probe_at }
    }
}
