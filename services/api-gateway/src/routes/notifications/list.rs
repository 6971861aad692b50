//! `GET /api/geniacs/notifications`

use super::view::DeliveryView;
use crate::answer;
use crate::error::ApiError;
use crate::input::Query;
use crate::openapi::{Answer, Operation, Parameter, names};
use crate::state::State;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use futures_util::FutureExt as _;
use storage::notifications::history::{self, DeliveryRow, Filter};

/// A stretch of what was told, newest first.
pub(crate) async fn list_notifications(state: Data<State>, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let mut query = Query::of(&request);
    let limit = query.limit();
    let filter = Filter {
        rule_id: query.id("rule_id"),
        state: query.name("state"),
        place: query.place_by_id(),
        // One more than asked for tells whether there is a next stretch.
        limit: limit + 1,
    };
    query.finish()?;

    let place = filter.place;
    let rows = state.database.run(move |c| async move { Ok(history::list(c, filter).await?) }.boxed()).await?;
    let cursor = |row: &DeliveryRow| row.id.to_string();
    Ok(answer::stretch("notifications", rows, (&place, limit), cursor, DeliveryView::from))
}

pub(crate) fn describe_list_notifications() -> Operation {
    let answer = Answer::stretch::<DeliveryView>("notifications");
    Operation::new("list_notifications", "Lists what was told to whom, and how it went, newest first", answer)
        .query(Parameter::id("rule_id", "Only of this rule"))
        .query(Parameter::name::<names::NotificationState>("state", "Only in this state"))
        .stretched()
}
