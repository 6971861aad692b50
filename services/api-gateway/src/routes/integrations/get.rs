//! `GET /api/geniacs/integrations/{id}`

use super::WHAT;
use super::view::{IntegrationView, integration_view};
use crate::error::ApiError;
use crate::openapi::{Answer, Operation};
use crate::state::State;
use crate::{answer, input};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use futures_util::FutureExt as _;
use serde_json::json;
use storage::Connection;
use storage::partners::integrations;

/// One integration.
pub(crate) async fn get_integration(state: Data<State>, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let id = input::id(&request, WHAT)?;
    let integration = state.database.run(move |c| read_integration(c, id).boxed()).await?;
    let version = integration.version();
    Ok(answer::tagged(answer::data(json!({"integration": integration})), version))
}

pub(crate) fn describe_get_integration() -> Operation {
    Operation::new("get_integration", "Shows an integration", Answer::one::<IntegrationView>("integration").tagged())
}

async fn read_integration(connection: &mut Connection, id: i64) -> Result<IntegrationView, ApiError> {
    let row = integrations::find(connection, id).await?.ok_or(ApiError::NotFound(WHAT))?;
    Ok(integration_view(connection, row).await?)
}
