//! `GET /api/geniacs/records/{entity_type}`

use super::entity_of_path;
use super::run::Lens;
use super::state::RecordStanding;
use super::view::RecordView;
use crate::answer::Stretch;
use crate::error::ApiError;
use crate::input::{JsonBody, Query};
use crate::openapi::{Answer, Operation, Parameter, names};
use crate::routes::counted;
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
use storage::runs::syncs::RunSettings;
use utoipa::ToSchema;

/// Longer than any key.
const MAX_NAME: usize = 255;
/// Rows that are read at once where a state is looked for.
const STRETCH: i64 = 200;
/// How long one request looks through stretches before it begins no other; a list that found little says where to go on.
const LONGEST: Duration = Duration::from_millis(20);

/// A list of records as it is asked for.
struct RecordsRequest {
    integration_id: i64,
    entity: EntityType,
    place: Place<i64>,
    limit: i64,
    /// The text that a record must have.
    text: Option<String>,
    state: Option<&'static str>,
}

/// Local records in the order of their ids, each beside its link with one integration.
pub(crate) async fn list_records(state: Data<State>, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let asked = read_records_request(&request)?;
    let defaults = state.run_defaults();
    let found = state.database.run(move |c| async move { find_records(c, &asked, defaults).await }.boxed()).await?;
    Ok(found.under("records"))
}

/// How many of them a filter lets through, as far as one request looks for them, and the first.
pub(crate) async fn count_records(
    state: Data<State>,
    request: HttpRequest,
    JsonBody(mut body): JsonBody,
) -> Result<HttpResponse, ApiError> {
    let entity = entity_of_path(&request)?;
    let asked = Query::filter_of(&mut body, |query| {
        let asked = read_records_filter(query, entity);
        if asked.integration_id.is_none() {
            query.missing("integration_id");
        }
        asked
    });

    let asked = RecordsRequest { limit: counted::MOST + 1, ..body.finish(Some(asked))?.of_one()? };
    let defaults = state.run_defaults();
    let (count, more, samples) =
        state.database.run(move |c| async move { counted_of(c, asked, defaults).await }.boxed()).await?;
    Ok(counted::answer_samples(count, more, &samples))
}

/// The state of a record is known only after its row was compared with its link. Without a wanted state, the database counts.
async fn counted_of(
    connection: &mut Connection,
    asked: RecordsRequest,
    defaults: RunSettings,
) -> Result<(i64, bool, Vec<RecordView>), ApiError> {
    if asked.state.is_some() {
        let (mut found, further) = look_for_records(connection, &asked, defaults).await?;
        let count = i64::try_from(found.len()).unwrap_or(i64::MAX);
        found.truncate(usize::try_from(counted::SAMPLES).unwrap_or(usize::MAX));
        return Ok((count, further.is_some() || count > counted::MOST, found));
    }

    let descriptor = entities::descriptor(asked.entity);
    let ids = match &asked.text {
        Some(text) => Some(records::search(connection, descriptor, Some(asked.integration_id), text).await?),
        None => None,
    };

    let count = records::count_listed(connection, descriptor, ids.as_deref(), asked.limit).await?;
    let (samples, _) =
        look_for_records(connection, &RecordsRequest { limit: counted::SAMPLES, ..asked }, defaults).await?;
    Ok((count, count > counted::MOST, samples))
}

pub(crate) fn describe_count_records() -> Operation {
    counted::describe_count::<CountBody, RecordView>("count_records", "Counts the records that a filter lets through")
}

/// Which of them are counted.
#[derive(ToSchema)]
#[schema(as = RecordCountRequest)]
#[expect(dead_code, reason = "it is read as a query is; this type says what it may hold")]
struct CountBody {
    filter: ListFilter,
}

#[derive(ToSchema)]
#[schema(as = RecordListFilter)]
#[expect(dead_code, reason = "it is read as a query is; this type says what it may hold")]
struct ListFilter {
    /// The integration whose links are meant.
    integration_id: i64,
    #[schema(min_length = 1, max_length = 255)]
    q: Option<String>,
    #[schema(value_type = Option<names::RecordState>)]
    state: Option<String>,
}

pub(crate) fn describe_list_records() -> Operation {
    let answer = Answer::stretch::<RecordView>("records").or_csv();
    Operation::new("list_records", "Lists records beside their links, by ascending ids", answer)
        .about("With `state`, one answer may hold fewer than `limit` and still have a `next_cursor`.")
        .query(Parameter::id("integration_id", "The integration whose links are meant").required())
        .query(Parameter::text("q", "Only records whose name, number or code begins with this, in any case, or one of whose ids, on either side, does; the first 1,000 of each kind of match", MAX_NAME))
        .query(Parameter::name::<names::RecordState>("state", "Only those that stand so"))
        .stretched()
        .checked()
}

fn read_records_request(request: &HttpRequest) -> Result<RecordsRequest, ApiError> {
    let mut query = Query::of(request);
    let (place, limit) = (query.place_by_id(), query.limit());
    let narrowed = read_records_filter(&mut query, entity_of_path(request)?);
    if narrowed.integration_id.is_none() {
        query.missing("integration_id");
    }
    query.finish()?;
    Ok(RecordsRequest { place, limit, ..narrowed.of_one()? })
}

/// The filters of the list.
struct RecordsFilter {
    integration_id: Option<i64>,
    entity: EntityType,
    text: Option<String>,
    state: Option<&'static str>,
}

fn read_records_filter(query: &mut Query, entity: EntityType) -> RecordsFilter {
    RecordsFilter {
        integration_id: query.id("integration_id"),
        entity,
        text: query.bounded_text("q", MAX_NAME),
        state: query.one_of("state", RecordStanding::NAMES),
    }
}

impl RecordsFilter {
    /// The whole list; a missing integration was named already.
    fn of_one(self) -> Result<RecordsRequest, ApiError> {
        let integration_id = self.integration_id.ok_or(ApiError::Internal("a missing parameter was not noticed"))?;
        let Self { entity, text, state, .. } = self;
        Ok(RecordsRequest { integration_id, entity, place: Place::First, limit: 0, text, state })
    }
}

/// The records, and where to go on, if there may be more.
async fn find_records(
    connection: &mut Connection,
    asked: &RecordsRequest,
    defaults: RunSettings,
) -> Result<Stretch<RecordView>, ApiError> {
    let (found, further) = look_for_records(connection, asked, defaults).await?;
    let cursor = |id: i64| id.to_string();
    let nearest = found.first().map(|record| cursor(record.id));
    Ok(Stretch::between(found, &asked.place, nearest, further.map(cursor)))
}

/// The records, the nearest first, and the last id that was looked at, if there may be more.
async fn look_for_records(
    connection: &mut Connection,
    asked: &RecordsRequest,
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
        let (ids, in_conflict) = (ids.clone(), asked.state == Some(RecordStanding::Conflict.name()));
        let what = Inspection { place, limit: size + 1, ids, in_conflict, ..Inspection::default() };
        let mut rows = lens.look(connection, &what).await?;
        let more = rows.len() > usize::try_from(size).unwrap_or(usize::MAX);
        rows.truncate(usize::try_from(size).unwrap_or(usize::MAX));

        for row in rows {
            place = asked.place.at(row.id);
            if asked.state.is_none_or(|state| state == row.state.name()) {
                found.push(RecordView { mapped: None, agreed: None, ..row });
            }
            // A stretch that is searched for a state is longer than what was asked for.
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
