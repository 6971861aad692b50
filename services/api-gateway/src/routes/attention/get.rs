//! `GET /api/geniacs/attention`

use super::view::{AttentionView, InStepView, MOST_ITEMS};
use crate::answer;
use crate::error::ApiError;
use crate::input::Query;
use crate::openapi::{Answer, Operation, Parameter};
use crate::state::State;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::FutureExt as _;
use serde_json::json;
use storage::Connection;
use storage::console::attention::{self, Attention, Matter};
use storage::console::freshness::{self, InStep};
use storage::partners::integrations;
use storage::starts::schedules;

/// How far each kind is counted.
const MOST: i64 = 1_000;
/// How long a sync that failed needs attention.
const FAILED_FOR: TimeDelta = TimeDelta::days(7);

/// What needs attention, counted, and as of when both sides are in step.
pub(crate) async fn get_attention(state: Data<State>, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let mut query = Query::of(&request);
    let integration_id = query.id("integration_id");
    query.finish()?;
    let read = state.database.run(move |c| read_attention(c, integration_id).boxed()).await?;

    let in_step: Vec<InStepView> = read.in_step.into_iter().map(InStepView::from).collect();
    let view = AttentionView::new(&read.counts, read.matters, MOST, read.now - FAILED_FOR, in_step);
    Ok(answer::data(json!({"attention": view})))
}

pub(crate) fn describe_get_attention() -> Operation {
    Operation::new("get_attention", "Tells what needs attention", Answer::one::<AttentionView>("attention"))
        .about("Each count stops at 1,000. `items` and `in_step` tell of the newest 100 integrations.")
        .query(Parameter::id("integration_id", "Only of this integration"))
        .missing()
}

struct AttentionData {
    now: DateTime<Utc>,
    counts: Attention,
    matters: Vec<Matter>,
    in_step: Vec<InStep>,
}

async fn read_attention(connection: &mut Connection, integration_id: Option<i64>) -> Result<AttentionData, ApiError> {
    if let Some(id) = integration_id {
        integrations::find(connection, id).await?.ok_or(ApiError::NotFound("integration"))?;
    }

    #[expect(clippy::cast_precision_loss, reason = "a few days in seconds")]
    let failed_for = FAILED_FOR.num_seconds() as f64;
    let counts = attention::attention(connection, integration_id, MOST, failed_for).await?;
    // One more than is shown tells whether there are more.
    let limit = i64::try_from(MOST_ITEMS).unwrap_or(i64::MAX).saturating_add(1);
    let matters = attention::matters(connection, integration_id, MOST, limit).await?;

    let ids = freshness::integrations(connection, integration_id).await?;
    let in_step = freshness::in_step(connection, &ids).await?;
    Ok(AttentionData { now: schedules::now(connection).await?, counts, matters, in_step })
}
