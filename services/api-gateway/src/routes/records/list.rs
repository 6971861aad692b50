//! `GET /api/geniacs/records/{entity_type}`

use super::entity;
use super::run::Lens;
use super::state::State as Standing;
use super::view::RecordView;
use crate::answer::Stretch;
use crate::error::ApiError;
use crate::input::Query;
use crate::openapi::{Answer, Operation, Parameter, names};
use crate::state::State;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use domain::EntityType;
use futures_util::FutureExt as _;
use std::time::{Duration, Instant};
use storage::Connection;
use storage::entities;
use storage::listing::Place;
use storage::records::{self, Inspection};
use storage::syncs::RunSettings;

/// Longer than any key.
const MAX_NAME: usize = 255;
/// Rows that are read at once where a state is looked for.
const STRETCH: i64 = 200;
/// How long one request looks through stretches before it begins no other; a list that found little says where to go on.
const LONGEST: Duration = Duration::from_millis(20);

/// What is asked for.
struct Asked {
    integration_id: i64,
    entity: EntityType,
    place: Place<i64>,
    limit: i64,
    /// What they are looked for by.
    text: Option<String>,
    state: Option<&'static str>,
}

/// Local records in the order of their ids, each beside its link with one integration.
pub(crate) async fn list(state: Data<State>, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let asked = read(&request)?;
    let defaults = state.run_defaults();
    let found = state.database.run(move |c| async move { find(c, &asked, defaults).await }.boxed()).await?;
    Ok(found.under("records"))
}

pub(crate) fn operation() -> Operation {
    let answer = Answer::stretch::<RecordView>("records").or_csv();
    Operation::new("list_records", "Lists records beside their links, by ascending ids", answer)
        .about("With `state`, one answer may hold fewer than `limit` and still have a `next_cursor`.")
        .query(Parameter::id("integration_id", "The integration whose links are meant").required())
        .query(Parameter::text("q", "Only records whose name, number or code begins with this, in any case, or that have this id on either side; the first 1,000 of each kind of match", MAX_NAME))
        .query(Parameter::name::<names::RecordState>("state", "Only those that stand so"))
        .stretched()
        .checked()
}

fn read(request: &HttpRequest) -> Result<Asked, ApiError> {
    let mut query = Query::of(request);
    let (place, limit) = (query.place_by_id(), query.limit());
    let text = query.bounded_text("q", MAX_NAME);
    let state = query.one_of("state", Standing::NAMES);
    let (entity, integration_id) = (entity(request)?, super::integration(query)?);
    Ok(Asked { integration_id, entity, place, limit, text, state })
}

/// The records, and where to go on, if there may be more.
async fn find(
    connection: &mut Connection,
    asked: &Asked,
    defaults: RunSettings,
) -> Result<Stretch<RecordView>, ApiError> {
    let (found, further) = look(connection, asked, defaults).await?;
    let cursor = |id: i64| id.to_string();
    let nearest = found.first().map(|record| cursor(record.id));
    Ok(Stretch::between(found, &asked.place, nearest, further.map(cursor)))
}

/// The records, the nearest first, and the last id that was looked at, if there may be more.
async fn look(
    connection: &mut Connection,
    asked: &Asked,
    defaults: RunSettings,
) -> Result<(Vec<RecordView>, Option<i64>), ApiError> {
    let lens = Lens::of(connection, asked.integration_id, asked.entity, defaults).await?;
    let ids = match &asked.text {
        Some(text) => {
            let descriptor = entities::descriptor(asked.entity);
            Some(records::search(connection, descriptor, Some(asked.integration_id), text).await?)
        }
        None => None,
    };
    let wanted = usize::try_from(asked.limit).unwrap_or(usize::MAX);
    let size = if asked.state.is_some() { STRETCH } else { asked.limit };
    let (mut found, mut place) = (Vec::new(), asked.place);
    let began = Instant::now();
    loop {
        let (ids, in_conflict) = (ids.clone(), asked.state == Some(Standing::Conflict.name()));
        let what = Inspection { place, limit: size + 1, ids, in_conflict, ..Inspection::default() };
        let mut rows = lens.look(connection, &what).await?;
        let more = rows.len() > usize::try_from(size).unwrap_or(usize::MAX);
        rows.truncate(usize::try_from(size).unwrap_or(usize::MAX));
        for row in rows {
            place = asked.place.at(row.id);
            if asked.state.is_none_or(|state| state == row.state.name()) {
                found.push(RecordView { mapped: None, agreed: None, ..row });
            }
            if found.len() == wanted && asked.state.is_some() {
                return Ok((found, place.row()));
            }
        }
        if !more {
            return Ok((found, None));
        }
        if asked.state.is_none() || began.elapsed() >= LONGEST {
            return Ok((found, place.row()));
        }
    }
}
