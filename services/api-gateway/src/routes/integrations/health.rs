//! `GET /api/geniacs/integrations/{id}/health`

use super::WHAT;
use super::view::HealthView;
use crate::error::ApiError;
use crate::state::State;
use crate::{answer, input};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use chrono::{DateTime, Utc};
use futures_util::FutureExt as _;
use serde::Serialize;
use serde_json::json;
use storage::{Connection, integrations};

/// Whether an integration's work goes on, and when it last did.
#[derive(Debug, Serialize)]
struct View {
    status: &'static str,
    paused_since: Option<DateTime<Utc>>,
    paused_until: Option<DateTime<Utc>>,
    reason: Option<String>,
    is_active: bool,
    sync_enabled: bool,
    last_sync_at: Option<DateTime<Utc>>,
    last_webhook_received_at: Option<DateTime<Utc>>,
}

/// How an integration is.
pub(crate) async fn health(state: Data<State>, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let id = input::id(&request, WHAT)?;
    let view = state.database.run(move |c| read(c, id).boxed()).await?;
    Ok(answer::data(json!({"health": view})))
}

async fn read(connection: &mut Connection, id: i64) -> Result<View, ApiError> {
    let row = integrations::find(connection, id).await?.ok_or(ApiError::NotFound(WHAT))?;
    let pause = integrations::pauses(connection, &[id]).await?.pop();
    let HealthView { status, paused_since, paused_until, reason } = HealthView::new(&row, pause);
    Ok(View {
        status,
        paused_since,
        paused_until,
        reason,
        is_active: row.is_active,
        sync_enabled: row.sync_enabled,
        last_sync_at: row.last_sync_at,
        last_webhook_received_at: row.last_webhook_received_at,
    })
}
