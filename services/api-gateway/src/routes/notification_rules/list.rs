//! `GET /api/geniacs/notification-rules`

use super::view::RuleView;
use crate::answer;
use crate::error::ApiError;
use crate::input::{Paging, Query};
use crate::openapi::{Answer, Operation, Parameter};
use crate::state::State;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use futures_util::FutureExt as _;
use storage::Connection;
use storage::notifications::rules::{self, Filter, Rule};

/// A page of rules, newest first.
pub(crate) async fn list_notification_rules(
    state: Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let mut query = Query::of(&request);
    let filter = Filter { integration_id: query.id("integration_id"), is_active: query.flag("is_active") };
    let paging = query.paging();
    query.finish()?;

    let (rows, total) = state.database.run(move |c| read_rules(c, filter, paging).boxed()).await?;
    let items: Vec<RuleView> = rows.into_iter().map(RuleView::from).collect();
    Ok(answer::page("notification_rules", &items, paging, total))
}

pub(crate) fn describe_list_notification_rules() -> Operation {
    let answer = Answer::page::<RuleView>("notification_rules");
    Operation::new("list_notification_rules", "Lists rules for notices, newest first", answer)
        .query(Parameter::id("integration_id", "Only those that are about this integration alone"))
        .query(Parameter::flag("is_active", "Only those that are active, or only the others"))
        .paged()
}

async fn read_rules(c: &mut Connection, filter: Filter, paging: Paging) -> Result<(Vec<Rule>, i64), ApiError> {
    let rows = rules::page(c, filter, paging.offset(), paging.limit).await?;
    Ok((rows, rules::count(c, filter).await?))
}
