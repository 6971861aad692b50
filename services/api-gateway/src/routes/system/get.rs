//! `GET /api/system`

use super::view::{IntegrationView, ServiceView, SystemData, SystemView};
use crate::answer;
use crate::error::ApiError;
use crate::openapi::{Answer, Operation};
use crate::routes::integrations::StandingView;
use crate::state::State;
use actix_web::HttpResponse;
use actix_web::web::Data;
use broker::Standing;
use futures_util::FutureExt as _;
use serde_json::json;
use std::collections::HashMap;
use storage::Connection;
use storage::console::system;
use storage::partners::integrations;
use storage::partners::integrations::Filter;
use storage::partners::limits::{self, Health};
use storage::upkeep::running_services;

/// More integrations than anybody has.
const MOST: i64 = 1_000;

/// Versions, queues, what waits, and how each integration stands. A broker that is away is part of the answer.
pub(crate) async fn get_system(state: Data<State>) -> Result<HttpResponse, ApiError> {
    // Side by side, so that a slow broker does not add to the time of the database.
    let asked = tokio::join!(state.database.run(|c| read_system(c).boxed()), ask_broker(&state));
    let (found, broker) = (asked.0?, asked.1);
    let ingest = state.settings.webhooks.address.as_ref().map(ToString::to_string);
    Ok(answer::data(json!({"system": SystemView::new(found, broker, ingest)})))
}

pub(crate) fn describe_get_system() -> Operation {
    Operation::new("get_system", "Shows how the whole system is", Answer::one::<SystemView>("system")).about(
        "Versions, running services, queues, what waits, and each integration's breaker, rate windows and pauses.",
    )
}

/// On the runtime that outlives this request, because the connection is kept.
async fn ask_broker(state: &State) -> Option<Standing> {
    let inspector = state.inspector.clone();
    state.database.runtime().spawn(async move { inspector.look().await }).await.ok().flatten()
}

async fn read_system(connection: &mut Connection) -> Result<SystemData, ApiError> {
    let row = system::read(connection).await?;

    let integrations = integrations::page(connection, Filter::default(), 0, MOST).await?;
    let ids: Vec<i64> = integrations.iter().map(|integration| integration.id).collect();
    let health = limits::health(connection, &ids).await?;
    let mut health: HashMap<i64, Health> = health.into_iter().map(|h| (h.integration_id, h)).collect();
    let views = integrations.into_iter().map(|row| {
        let health = StandingView::new(&row, health.remove(&row.id));
        IntegrationView { id: row.id, name: row.name, health }
    });
    let integrations = views.collect();

    let services = running_services::list(connection).await?.into_iter().map(ServiceView::from).collect();
    Ok(SystemData { row, integrations, services })
}
