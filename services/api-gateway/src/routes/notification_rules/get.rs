//! `GET /api/geniacs/notification-rules/{id}`

use super::WHAT;
use super::view::RuleView;
use crate::error::ApiError;
use crate::openapi::{Answer, Operation};
use crate::state::State;
use crate::{answer, input};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use futures_util::FutureExt as _;
use serde_json::json;
use storage::notifications::rules;

/// One rule.
pub(crate) async fn get_notification_rule(state: Data<State>, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let id = input::id(&request, WHAT)?;
    let found = state.database.run(move |c| async move { Ok(rules::find(c, id).await?) }.boxed()).await?;
    let view = RuleView::from(found.ok_or(ApiError::NotFound(WHAT))?);
    let version = view.version();
    Ok(answer::tagged(answer::data(json!({"notification_rule": view})), version))
}

pub(crate) fn describe_get_notification_rule() -> Operation {
    let answer = Answer::one::<RuleView>("notification_rule").tagged();
    Operation::new("get_notification_rule", "Shows a rule for notices", answer)
}
