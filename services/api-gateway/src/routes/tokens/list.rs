//! `GET /api/tokens`

use super::view::TokenView;
use crate::access::Caller;
use crate::answer;
use crate::error::ApiError;
use crate::input::{Paging, Query};
use crate::openapi::{Answer, Operation, Parameter, names};
use crate::state::State;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use futures_util::FutureExt as _;
use storage::Connection;
use storage::people::tokens::{self, Filter, Listed};

/// A page of the tokens that were not revoked, newest first: the caller's own, or for an administrator all.
pub(crate) async fn list_tokens(
    state: Data<State>,
    request: HttpRequest,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let mut query = Query::of(&request);
    let (asked, kind, paging) = (query.id("user_id"), query.one_of("kind", &tokens::KINDS), query.paging());
    query.finish()?;
    // Others than administrators see their own tokens, whatever the query names.
    let filter = Filter { user_id: super::required_owner(&caller).or(asked), kind };
    let (rows, total) = state.database.run(move |c| read_tokens(c, filter, paging).boxed()).await?;
    let items: Vec<TokenView> = rows.into_iter().map(TokenView::from).collect();
    Ok(answer::page("tokens", &items, paging, total))
}

pub(crate) fn describe_list_tokens() -> Operation {
    Operation::new("list_tokens", "Lists tokens, newest first", Answer::page::<TokenView>("tokens"))
        .about("One's own; administrators see all.")
        .query(Parameter::id("user_id", "Only of this user"))
        .query(Parameter::name::<names::TokenKind>("kind", "Only of this kind"))
        .paged()
}

async fn read_tokens(c: &mut Connection, filter: Filter, paging: Paging) -> Result<(Vec<Listed>, i64), ApiError> {
    let rows = tokens::page(c, filter, paging.offset(), paging.limit).await?;
    Ok((rows, tokens::count(c, filter).await?))
}
