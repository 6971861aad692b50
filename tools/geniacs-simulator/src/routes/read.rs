//! `GET`: health, listings, single records.

use crate::answer::Answer;
use crate::app::App;
use crate::faults::{Faults, Lie, RequestDecision};
use crate::routes::partner::not_found;
use crate::store::{Cursor, Listing};
use actix_web::web::Query;
use chrono::{DateTime, SecondsFormat, Utc};
use domain::EntityType;
use serde_json::{Value, json};
use std::collections::HashMap;

const DEFAULT_LIMIT: usize = 100;
const HIGHEST_LIMIT: usize = 5_000;
const MOST_EXTERNAL_IDS: usize = 100;

pub(crate) fn show_health(app: &App, decision: &RequestDecision) -> Answer {
    let endpoints: Vec<&str> = EntityType::ALL
        .iter()
        .filter(|entity| !decision.faults.missing.contains(entity))
        .map(|entity| entity.path())
        .collect();

    let standing = app.windows().standing(&decision.faults.rate_limit);
    let (remaining, reset) = match standing {
        Some(standing) => (standing.remaining, standing.reset_at),
        None => (1_000, Utc::now().timestamp() + 60),
    };

    let reset = DateTime::from_timestamp(reset, 0).unwrap_or_default().to_rfc3339_opts(SecondsFormat::Secs, true);

    Answer::json(
        200,
        &json!({
            "version": app.config.version,
            "rate_limits": {"remaining_requests": remaining, "reset_time": reset},
            "endpoints": endpoints,
        }),
    )
}

pub(crate) fn get_record(app: &App, entity: EntityType, id: &str, decision: &RequestDecision) -> Answer {
    if decision.faults.fails_to_read(id) {
        return unreadable_record();
    }
    let store = app.store(entity);
    let Some(place) = store.find_or_follow(id) else { return not_found() };
    let mut record = String::new();
    store.write_record(place, &mut record);
    Answer::new(200, record)
}

pub(crate) fn list_records(app: &App, entity: EntityType, query: &str, decision: &RequestDecision) -> Answer {
    let faults = &*decision.faults;
    let Ok(query) = Query::<HashMap<String, String>>::from_query(query) else {
        return invalid_request("the query cannot be read");
    };

    if let Some(ids) = query.get("external_id").filter(|_| !faults.ignore_external_id_filter) {
        if ids.split(',').any(|id| faults.fails_to_read(id)) {
            return unreadable_record();
        }
        return by_external_id(app, entity, ids, faults);
    }

    if decision.dead_cursor && query.contains_key("cursor") {
        return Answer::error(410, "cursor_expired", "the cursor is too old");
    }

    match read_listing(&query, faults) {
        Ok(listing) if listing.after.is_none() => first_page(app, entity, listing, faults),
        Ok(listing) => Answer::new(200, app.store(entity).page(&listing)),
        Err(reason) => invalid_request(reason),
    }
}

/// Begins a walk.
fn first_page(app: &App, entity: EntityType, listing: Listing, faults: &Faults) -> Answer {
    let lie = app.next_walk(entity, &faults.listings);
    if faults.odd_pages {
        return Answer::json(200, &json!({"data": [], "next_cursor": Cursor::start(lie).to_string()}));
    }
    Answer::new(200, app.store(entity).page(&Listing { lie, ..listing }))
}

fn by_external_id(app: &App, entity: EntityType, ids: &str, faults: &Faults) -> Answer {
    let ids: Vec<&str> = ids.split(',').filter(|id| !id.is_empty()).collect();
    if ids.len() > MOST_EXTERNAL_IDS {
        return invalid_request("at most 100 external_ids can be asked for at once");
    }
    Answer::new(200, app.store(entity).page_of_external(&ids, faults.hide_deleted))
}

/// What the query asks for.
fn read_listing(query: &HashMap<String, String>, faults: &Faults) -> Result<Listing, &'static str> {
    let limit = match query.get("limit").map(|limit| limit.parse::<usize>()) {
        None => DEFAULT_LIMIT,
        Some(Ok(limit)) if limit > 0 => limit.min(HIGHEST_LIMIT),
        Some(_) => return Err("limit must be a whole number from 1 on"),
    };

    let since = match query.get("updated_since").map(|since| DateTime::parse_from_rfc3339(since)) {
        None => None,
        Some(Ok(since)) => Some(since.timestamp_micros()),
        Some(Err(_)) => return Err("updated_since must be an RFC 3339 time"),
    };

    let after = match query.get("cursor").map(|cursor| cursor.parse::<Cursor>()) {
        None => None,
        Some(Ok(cursor)) => Some(cursor),
        Some(Err(())) => return Err("the cursor is none of ours"),
    };

    Ok(Listing {
        after,
        since: since.filter(|_| !faults.ignore_updated_since).map(|since| faults.behind(since)),
        limit: limit + usize::from(faults.odd_pages),
        hide_deleted: faults.hide_deleted,
        repeat_last: faults.odd_pages,
        lie: after.map_or(Lie::Honest, |cursor| cursor.lie),
        by: faults.list_by,
    })
}

fn unreadable_record() -> Answer {
    Answer::error(500, "internal_error", "the record cannot be shown")
}

fn invalid_request(reason: &str) -> Answer {
    Answer::error(400, "invalid_request", reason)
}

/// Shows the records of an answer as this partner does.
pub(crate) fn show_records(answer: Answer, faults: &Faults) -> Answer {
    if !faults.changes_records() || answer.status != 200 {
        return answer;
    }
    let Ok(mut body) = serde_json::from_slice::<Value>(&answer.body) else { return answer };
    match body.get_mut("data").and_then(Value::as_array_mut) {
        Some(records) => records.iter_mut().for_each(|record| faults.show(record)),
        None => faults.show(&mut body),
    }
    Answer { headers: answer.headers, ..Answer::json(200, &body) }
}
