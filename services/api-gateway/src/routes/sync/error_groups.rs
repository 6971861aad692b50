//! `GET /api/geniacs/sync/{id}/error-groups`

use super::view::ErrorView;
use super::{WHAT, remedy};
use crate::error::ApiError;
use crate::openapi::{Answer, Operation};
use crate::state::State;
use crate::{answer, input};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use futures_util::FutureExt as _;
use serde::Serialize;
use serde_json::json;
use storage::Connection;
use storage::runs::syncs::{self, ErrorGroup};
use utoipa::ToSchema;

/// The causes for which records of a sync failed, those with the most records first.
pub(crate) async fn list_sync_error_groups(state: Data<State>, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let id = input::id(&request, WHAT)?;
    let groups = state.database.run(move |c| read_error_groups(c, id).boxed()).await?;
    let groups: Vec<GroupView> = groups.into_iter().map(GroupView::from).collect();
    Ok(answer::data(json!({"error_groups": groups})))
}

pub(crate) fn describe_list_sync_error_groups() -> Operation {
    Operation::new(
        "list_sync_error_groups",
        "Groups the records that failed in a sync by their causes",
        Answer::all::<GroupView>("error_groups"),
    )
    .about("At most 100 groups. The records of each are counted up to 10,000; `more` says that there are more.")
}

async fn read_error_groups(connection: &mut Connection, id: i64) -> Result<Vec<ErrorGroup>, ApiError> {
    syncs::head(connection, id).await?.ok_or(ApiError::NotFound(WHAT))?;
    Ok(syncs::error_groups(connection, id).await?)
}

/// Records that failed for one cause.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SyncErrorGroup)]
struct GroupView {
    #[schema(example = "validation_error")]
    error_type: String,
    /// By its local name; null where no single field is to blame.
    #[schema(example = "email")]
    field: Option<String>,
    /// How many records, as far as they were counted.
    count: i64,
    /// Whether there are more than that.
    more: bool,
    /// Whether another try may help although nothing is changed.
    retryable: bool,
    /// The first of them.
    sample: ErrorView,
    /// What to do about it.
    #[schema(example = "Correct the field in the records, or its mapping, and retry.")]
    remedy: String,
}

impl From<ErrorGroup> for GroupView {
    fn from(group: ErrorGroup) -> Self {
        let error_type = group.sample.error_type.clone();
        Self {
            remedy: remedy::remedy_for(&error_type, group.retryable).to_owned(),
            field: group.sample.field.clone(),
            count: group.count,
            more: group.more,
            retryable: group.retryable,
            sample: ErrorView::from(group.sample),
            error_type,
        }
    }
}
