//! `GET /api/geniacs/consistency-checks/{id}`

use super::view::{CheckView, DifferenceView, Totals};
use super::{WHAT, is_check};
use crate::answer::Stretch;
use crate::error::ApiError;
use crate::input::Query;
use crate::openapi::{Answer, Operation, Parameter, names};
use crate::state::State;
use crate::{answer, input};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use futures_util::FutureExt as _;
use serde_json::json;
use storage::Connection;
use storage::listing::Place;
use storage::runs::plan_items::{self, Compared, DifferenceKind, PlanItem};
use storage::runs::syncs::{self, SyncRow};

/// How a check is: totals, and what differs, one stretch after the other.
pub(crate) async fn get_consistency_check(state: Data<State>, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let id = input::id(&request, WHAT)?;
    let mut query = Query::of(&request);
    let asked =
        CheckRequest { id, kind: take_difference_kind(&mut query), place: query.place_by_id(), limit: query.limit() };
    query.finish()?;

    let (place, limit) = (asked.place, asked.limit);
    let (sync, compared, items) = state.database.run(move |c| read_check(c, asked).boxed()).await?;
    let Stretch { items, prev_cursor, next_cursor } =
        answer::cut(items, (&place, limit), |item| item.id.to_string(), DifferenceView::from);

    let mut view = CheckView::of(&sync);
    view.totals = Some(Totals::from(compared));
    view.differences = items;
    Ok(answer::data(json!({"consistency_check": view, "prev_cursor": prev_cursor, "next_cursor": next_cursor})))
}

pub(crate) fn describe_get_consistency_check() -> Operation {
    let answer = Answer::one::<CheckView>("consistency_check").and_cursors();
    Operation::new("get_consistency_check", "Shows what a comparison has found", answer)
        .query(Parameter::name::<names::DifferenceKind>("kind", "Only records that differ so"))
        .stretched()
}

struct CheckRequest {
    id: i64,
    kind: Option<DifferenceKind>,
    place: Place<i64>,
    limit: i64,
}

fn take_difference_kind(query: &mut Query) -> Option<DifferenceKind> {
    let name = query.one_of("kind", &["missing_here", "missing_there", "differs", "failed"])?;
    Some(match name {
        "missing_here" => DifferenceKind::MissingHere,
        "missing_there" => DifferenceKind::MissingThere,
        "differs" => DifferenceKind::Differs,
        _ => DifferenceKind::Failed,
    })
}

async fn read_check(
    connection: &mut Connection,
    asked: CheckRequest,
) -> Result<(SyncRow, Compared, Vec<PlanItem>), ApiError> {
    let CheckRequest { id, kind, place, limit } = asked;
    let sync = syncs::find(connection, id).await?.filter(is_check).ok_or(ApiError::NotFound(WHAT))?;
    let compared = plan_items::compared(connection, id).await?;
    // One more than asked for tells whether there is a next stretch.
    let items = plan_items::differences(connection, id, kind, place, limit + 1).await?;
    Ok((sync, compared, items))
}
