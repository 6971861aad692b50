//! `GET /api/geniacs/logs`

use super::view::LogView;
use crate::error::ApiError;
use crate::input::{JsonBody, Query};
use crate::openapi::{Answer, Operation, Parameter, names};
use crate::routes::counted;
use crate::state::State;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use chrono::{DateTime, Utc};
use futures_util::FutureExt as _;
use storage::Connection;
use storage::console::log_entries::{self, Filter, LEVELS, LogEntry};
use storage::listing::Window;
use utoipa::ToSchema;

/// The longest text of a search.
const MAX_TEXT: usize = 200;

/// A stretch of log entries, newest first, or the one around an entry. A search for a rare text may find fewer entries than
/// were asked for, and names the cursor from which it goes on.
pub(crate) async fn list_logs(state: Data<State>, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let mut query = Query::of(&request);
    let window = query.window();
    let filter = read_log_filter(&mut query, window);
    let around = super::take_around(&mut query, &filter);
    query.finish()?;

    let asked = filter.clone();
    let shown = state.database.run(move |c| async move { super::read_logs(c, &asked, around).await }.boxed()).await?;
    Ok(super::answer_logs(shown, &filter))
}

fn read_log_filter(query: &mut Query, window: Window) -> Filter {
    Filter {
        window,
        sync_id: query.id("sync_id"),
        log_level: query.one_of("log_level", &LEVELS),
        lowest_level: query.one_of("lowest_level", &LEVELS),
        text: query.bounded_text("text", MAX_TEXT),
    }
}

/// How many of them a filter lets through, and the newest.
pub(crate) async fn count_logs(state: Data<State>, JsonBody(mut body): JsonBody) -> Result<HttpResponse, ApiError> {
    let filter = Query::filter_of(&mut body, |query| {
        let window = query.span();
        read_log_filter(query, window)
    });
    let filter = body.finish(Some(filter))?;

    let (count, more, samples) = state.database.run(move |c| counted_of(c, filter).boxed()).await?;
    Ok(counted::answer_samples(count, more, &samples.into_iter().map(LogView::from).collect::<Vec<_>>()))
}

async fn counted_of(c: &mut Connection, mut filter: Filter) -> Result<(i64, bool, Vec<LogEntry>), ApiError> {
    filter.window.limit = counted::MOST + 1;
    let (count, more) = log_entries::count(c, &filter).await?;
    filter.window.limit = counted::SAMPLES;
    Ok((count, more, log_entries::list(c, &filter).await?.entries))
}

pub(crate) fn describe_count_logs() -> Operation {
    counted::describe_count::<CountBody, LogView>("count_logs", "Counts the log entries that a filter lets through")
}

/// Which of them are counted.
#[derive(ToSchema)]
#[schema(as = LogCountRequest)]
#[expect(dead_code, reason = "it is read as a query is; this type says what it may hold")]
struct CountBody {
    filter: Option<ListFilter>,
}

#[derive(ToSchema)]
#[schema(as = LogListFilter)]
#[expect(dead_code, reason = "it is read as a query is; this type says what it may hold")]
struct ListFilter {
    integration_id: Option<i64>,
    /// Only what is not older.
    from: Option<DateTime<Utc>>,
    /// Only what is not newer.
    to: Option<DateTime<Utc>>,
    sync_id: Option<i64>,
    #[schema(value_type = Option<names::LogLevel>)]
    log_level: Option<String>,
    #[schema(value_type = Option<names::LogLevel>)]
    lowest_level: Option<String>,
    #[schema(min_length = 1, max_length = 200)]
    text: Option<String>,
}

pub(crate) fn describe_list_logs() -> Operation {
    Operation::new("list_logs", "Lists log entries, newest first", Answer::stretch::<LogView>("logs").or_csv())
        .about("A search for text looks at a part of the log at a time: fewer entries than asked for may come with a `next_cursor`.")
        .window()
        .query(super::around_parameter())
        .missing()
        .query(Parameter::id("sync_id", "Only of this sync"))
        .query(Parameter::name::<names::LogLevel>("log_level", "Only of this level"))
        .query(Parameter::name::<names::LogLevel>("lowest_level", "Only of this level or a higher one"))
        .query(Parameter::text("text", "Only with this in the message, in any case", MAX_TEXT))
}
