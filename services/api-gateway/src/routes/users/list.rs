//! `GET /api/users`

use super::view::UserView;
use crate::answer;
use crate::error::ApiError;
use crate::input::{Paging, Query};
use crate::openapi::{Answer, Operation, Parameter, names};
use crate::state::State;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use futures_util::FutureExt as _;
use storage::Connection;
use storage::people::users::{self, Filter, User};

/// A page of users, newest first.
pub(crate) async fn list_users(state: Data<State>, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let mut query = Query::of(&request);
    let filter = Filter { role: query.name("role"), is_active: query.flag("is_active") };
    let paging = query.paging();
    query.finish()?;
    let (rows, total) = state.database.run(move |c| read_users(c, filter, paging).boxed()).await?;
    let items: Vec<UserView> = rows.into_iter().map(UserView::from).collect();
    Ok(answer::page("users", &items, paging, total))
}

pub(crate) fn describe_list_users() -> Operation {
    Operation::new("list_users", "Lists users, newest first", Answer::page::<UserView>("users"))
        .query(Parameter::name::<names::Role>("role", "Only those of this role"))
        .query(Parameter::flag("is_active", "Only those who may sign in, or only the others"))
        .paged()
}

async fn read_users(c: &mut Connection, filter: Filter, paging: Paging) -> Result<(Vec<User>, i64), ApiError> {
    let rows = users::page(c, filter, paging.offset(), paging.limit).await?;
    Ok((rows, users::count(c, filter).await?))
}
