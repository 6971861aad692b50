//! `GET /api/geniacs/records/{entity_type}`

use super::entity;
use super::run::Lens;
use super::state::State as Standing;
use super::view::RecordView;
use crate::answer;
use crate::error::ApiError;
use crate::input::Query;
use crate::openapi::{Answer, Operation, Parameter, names};
use crate::state::State;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use domain::EntityType;
use futures_util::FutureExt as _;
use serde_json::json;
use std::time::{Duration, Instant};
use storage::Connection;
use storage::records::Inspection;
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
    after: i64,
    limit: i64,
    named: Option<String>,
    state: Option<&'static str>,
}

/// Local records in the order of their ids, each beside its link with one integration.
pub(crate) async fn list(state: Data<State>, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let asked = read(&request)?;
    let defaults = state.run_defaults();
    let (records, next) = state.database.run(move |c| async move { find(c, &asked, defaults).await }.boxed()).await?;
    Ok(answer::data(json!({"records": records, "next_cursor": next.map(|id| id.to_string())})))
}

pub(crate) fn operation() -> Operation {
    let answer = Answer::stretch::<RecordView>("records");
    Operation::new("list_records", "Lists records beside their links, by ascending ids", answer)
        .about("With `state`, one answer may hold fewer than `limit` and still have a `next_cursor`.")
        .query(Parameter::id("integration_id", "The integration whose links are meant").required())
        .query(Parameter::text("q", "Only the record of this key or id", MAX_NAME))
        .query(Parameter::name::<names::RecordState>("state", "Only those that stand so"))
        .stretched()
        .checked()
}

fn read(request: &HttpRequest) -> Result<Asked, ApiError> {
    let mut query = Query::of(request);
    let (after, limit) = (query.after(), query.limit());
    let named = query.bounded_text("q", MAX_NAME);
    let state = query.one_of("state", Standing::NAMES);
    let (entity, integration_id) = (entity(request)?, super::integration(query)?);
    Ok(Asked { integration_id, entity, after, limit, named, state })
}

/// The records, and the id after which to go on, if there may be more.
async fn find(
    connection: &mut Connection,
    asked: &Asked,
    defaults: RunSettings,
) -> Result<(Vec<RecordView>, Option<i64>), ApiError> {
    let lens = Lens::of(connection, asked.integration_id, asked.entity, defaults).await?;
    let wanted = usize::try_from(asked.limit).unwrap_or(usize::MAX);
    let size = if asked.state.is_some() { STRETCH } else { asked.limit };
    let (mut found, mut after) = (Vec::new(), asked.after);
    let began = Instant::now();
    loop {
        let (named, in_conflict) = (asked.named.clone(), asked.state == Some(Standing::Conflict.name()));
        let what = Inspection { after, limit: size + 1, named, in_conflict, ..Inspection::default() };
        let mut rows = lens.look(connection, &what).await?;
        let more = rows.len() > usize::try_from(size).unwrap_or(usize::MAX);
        rows.truncate(usize::try_from(size).unwrap_or(usize::MAX));
        for row in rows {
            after = row.id;
            if asked.state.is_none_or(|state| state == row.state.name()) {
                found.push(RecordView { mapped: None, agreed: None, ..row });
            }
            if found.len() == wanted && asked.state.is_some() {
                return Ok((found, Some(after)));
            }
        }
        if !more {
            return Ok((found, None));
        }
        if asked.state.is_none() || began.elapsed() >= LONGEST {
            return Ok((found, Some(after)));
        }
    }
}
