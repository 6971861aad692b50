//! `DELETE /api/geniacs/integrations/{id}`

use super::WHAT;
use super::view::integration_view;
use crate::access::Caller;
use crate::audit::{self, Change};
use crate::error::ApiError;
use crate::input::{IfMatch, NoBody};
use crate::openapi::{Answer, Deleted, Operation};
use crate::state::State;
use crate::{answer, input};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use futures_util::FutureExt as _;
use serde_json::json;
use storage::Connection;
use storage::partners::integrations;

/// Archives an integration: hidden, its credentials wiped, its schedules off. Its webhooks are still verified; what
/// comes is stored and set aside. Its rows go after their retention.
pub(crate) async fn delete_integration(
    state: Data<State>,
    request: HttpRequest,
    caller: Caller,
    _: NoBody,
) -> Result<HttpResponse, ApiError> {
    let id = input::id(&request, WHAT)?;
    let version = IfMatch::of(&request)?;
    state.database.transaction(move |c| archive_integration(c, id, version, caller).boxed()).await?;
    Ok(answer::done("Geniacs integration deleted successfully", json!({"integration": {"id": id}})))
}

pub(crate) fn describe_delete_integration() -> Operation {
    let answer = Answer::one::<Deleted>("integration").says("Geniacs integration deleted successfully");
    Operation::new("delete_integration", "Archives an integration", answer)
        .about("It is hidden, its credentials are wiped, its schedules are off. Webhooks that still come are stored and set \
                aside. Its rows go after their retention.")
        .if_match()
}

async fn archive_integration(
    connection: &mut Connection,
    id: i64,
    version: IfMatch,
    caller: Caller,
) -> Result<(), ApiError> {
    let current = integrations::lock(connection, id).await?.ok_or(ApiError::NotFound(WHAT))?;
    version.check(current.version)?;
    let before = Some(answer::value(&integration_view(connection, current).await?));
    integrations::archive(connection, id).await?;

    let change = Change { action: "integration.deleted", subject_type: WHAT, subject_id: id, before, after: None };
    audit::record_change(connection, &caller, change).await
}
