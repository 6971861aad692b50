//! `GET /api/geniacs/settings/retention`

use super::view::RetentionView;
use crate::answer;
use crate::error::ApiError;
use crate::openapi::{Answer, Operation};
use crate::state::State;
use actix_web::HttpResponse;
use actix_web::web::Data;
use futures_util::FutureExt as _;
use serde_json::json;
use storage::upkeep::retention_settings;

/// How long rows are kept, and who says so.
pub(crate) async fn get_retention(state: Data<State>) -> Result<HttpResponse, ApiError> {
    let row = state.database.run(|c| async move { Ok(retention_settings::read(c).await?) }.boxed()).await?;
    let view = RetentionView::new(&row, &state.settings.retention);
    Ok(answer::tagged(answer::data(json!({"retention": view})), row.version))
}

pub(crate) fn describe_get_retention() -> Operation {
    let answer = Answer::one::<RetentionView>("retention").tagged();
    Operation::new("get_retention", "Shows how long rows are kept, and who says so", answer)
}
