//! `GET /api/geniacs/conflicts`

use super::view::ConflictView;
use crate::error::ApiError;
use crate::input::{JsonBody, Query};
use crate::openapi::{Answer, Operation, Parameter, names};
use crate::routes::{counted, listed};
use crate::state::State;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use chrono::{DateTime, Utc};
use domain::Reason;
use std::collections::BTreeSet;
use storage::listing::Window;
use storage::records::conflicts::Filter;
use utoipa::ToSchema;

/// Longer than any column's name.
const MAX_FIELD: usize = 255;
/// Longer than the names of all columns of a table.
const MAX_FIELDS: usize = 4_000;

/// A stretch of conflicts, newest first; `local_id` narrows it to one record.
pub(crate) async fn list_conflicts(state: Data<State>, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    listed::answer_stretch(&state, &request, "conflicts", read_conflict_filter, ConflictView::from).await
}

/// How many of them a filter lets through, and the newest.
pub(crate) async fn count_conflicts(state: Data<State>, JsonBody(body): JsonBody) -> Result<HttpResponse, ApiError> {
    counted::answer_count(&state, body, read_conflict_filter, ConflictView::from).await
}

pub(in crate::routes) fn read_conflict_filter(query: &mut Query, window: Window) -> Filter {
    Filter {
        window,
        entity_type: query.name("entity_type"),
        state: query.name("state"),
        local_id: query.id("local_id"),
        field: query.bounded_text("field", MAX_FIELD),
        fields: take_fields(query),
    }
}

/// Takes the names of all fields that a conflict is about, in any order.
fn take_fields(query: &mut Query) -> Option<BTreeSet<String>> {
    let text = query.bounded_text("fields", MAX_FIELDS)?;
    let names: BTreeSet<&str> = text.split(',').map(str::trim).collect();
    // An empty name would fit no conflict, and nobody would hear why.
    if names.contains("") {
        let message = "must be names of local fields with commas between them";
        query.refuse("fields", Reason::new("not_a_list", message));
        return None;
    }
    Some(names.into_iter().map(str::to_owned).collect())
}

pub(crate) fn describe_list_conflicts() -> Operation {
    Operation::new(
        "list_conflicts",
        "Lists what both sides have changed, newest first",
        Answer::stretch::<ConflictView>("conflicts"),
    )
    .window()
    .query(Parameter::name::<names::EntityType>("entity_type", "Only of this kind of record"))
    .query(Parameter::name::<names::ConflictState>("state", "Only those that are so"))
    .query(Parameter::id("local_id", "Only of the record with this local id"))
    .query(Parameter::text("field", "Only those in which both sides have changed this local field", MAX_FIELD))
    .query(Parameter::text(
        "fields",
        "Only those in which both sides have changed exactly these local fields, with commas between them",
        MAX_FIELDS,
    ))
}

pub(crate) fn describe_count_conflicts() -> Operation {
    counted::describe_count::<CountBody, ConflictView>(
        "count_conflicts",
        "Counts the conflicts that a filter lets through",
    )
}

/// Which of them are counted.
#[derive(ToSchema)]
#[schema(as = ConflictCountRequest)]
#[expect(dead_code, reason = "it is read as a query is; this type says what it may hold")]
struct CountBody {
    filter: Option<ListFilter>,
}

#[derive(ToSchema)]
#[schema(as = ConflictListFilter)]
#[expect(dead_code, reason = "it is read as a query is; this type says what it may hold")]
pub(in crate::routes) struct ListFilter {
    integration_id: Option<i64>,
    /// Only what is not older.
    from: Option<DateTime<Utc>>,
    /// Only what is not newer.
    to: Option<DateTime<Utc>>,
    #[schema(value_type = Option<names::EntityType>)]
    entity_type: Option<String>,
    #[schema(value_type = Option<names::ConflictState>)]
    state: Option<String>,
    local_id: Option<i64>,
    #[schema(min_length = 1, max_length = 255)]
    field: Option<String>,
    /// All fields that the conflict is about, in any order.
    fields: Option<Vec<String>>,
}
