//! `GET /api/geniacs/consistency-checks`

use super::view::CheckView;
use crate::error::ApiError;
use crate::input::Query;
use crate::openapi::{Answer, Operation, Parameter, names};
use crate::routes::listed;
use crate::state::State;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use domain::sync::SyncKind;
use storage::listing::Window;
use storage::runs::syncs::Filter;

/// A stretch of checks, newest first, each without what it has found.
pub(crate) async fn list_consistency_checks(
    state: Data<State>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    listed::answer_stretch(&state, &request, "consistency_checks", read_check_filter, |row| CheckView::of(&row)).await
}

fn read_check_filter(query: &mut Query, window: Window) -> Filter {
    let entity_type = query.name("entity_type");
    Filter { window, entity_type, kind: Some(SyncKind::Check), ..Filter::default() }
}

pub(crate) fn describe_list_consistency_checks() -> Operation {
    let answer = Answer::stretch::<CheckView>("consistency_checks");
    Operation::new("list_consistency_checks", "Lists consistency checks, newest first", answer)
        .about("Each without its totals and differences.")
        .window()
        .query(Parameter::name::<names::EntityType>("entity_type", "Only of this kind of record"))
}
