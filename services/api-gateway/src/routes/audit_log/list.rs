//! `GET /api/audit-log`

use super::view::EntryView;
use crate::answer;
use crate::error::ApiError;
use crate::input::Query;
use crate::openapi::{Answer, Operation, Parameter};
use crate::state::State;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use futures_util::FutureExt as _;
use storage::people::audit::{self, Filter, Item};

/// The widths of the columns.
const MAX_NAME: usize = 64;
const MAX_ACTOR: usize = 255;

/// A stretch of the log, newest first.
pub(crate) async fn list_audit_log(state: Data<State>, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let mut query = Query::of(&request);
    let filter = Filter {
        action: query.bounded_text("action", MAX_NAME),
        subject_type: query.bounded_text("subject_type", MAX_NAME),
        subject_id: query.id("subject_id"),
        user_id: query.id("user_id"),
        actor: query.bounded_text("actor", MAX_ACTOR),
        request_id: query.bounded_text("request_id", MAX_NAME),
    };
    let window = query.window();
    query.finish()?;

    // The window holds one row more than was asked for.
    let (place, limit) = (window.place, window.limit - 1);
    let rows = state.database.run(move |c| async move { Ok(audit::list(c, &filter, &window).await?) }.boxed()).await?;
    Ok(answer::stretch("audit_log", rows, (&place, limit), |row: &Item| row.cursor().to_string(), EntryView::from))
}

pub(crate) fn describe_list_audit_log() -> Operation {
    Operation::new(
        "list_audit_log",
        "Lists who changed what, newest first",
        Answer::stretch::<EntryView>("audit_log").or_csv(),
    )
    .query(Parameter::text("action", "Only this action, like `integration.updated`", MAX_NAME))
    .query(Parameter::text("subject_type", "Only changes of this kind of thing", MAX_NAME))
    .query(Parameter::id("subject_id", "Only changes of the thing with this number"))
    .query(Parameter::id("user_id", "Only changes by this user"))
    .query(Parameter::text("actor", "Only changes by this e-mail address or tool", MAX_ACTOR))
    .query(Parameter::text("request_id", "Only changes that this request made", MAX_NAME))
    .window()
}
