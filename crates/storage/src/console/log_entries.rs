//! Reading `geniacs_sync_logs`.

use crate::listing::{Cursor, Place, Rows, Window, containing, descending};
use crate::{Connection, Result};
use chrono::{DateTime, Utc};
use diesel::sql_types::{Array, BigInt, Integer, Jsonb, Nullable, Text, Timestamptz};
use diesel::{OptionalExtension, QueryableByName};
use diesel_async::RunQueryDsl;

/// An entry as it was written.
#[derive(Debug, Clone, QueryableByName)]
pub struct LogEntry {
    /// Its number.
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    /// Whose it is.
    #[diesel(sql_type = BigInt)]
    pub integration_id: i64,
    /// The sync that it is about.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub sync_id: Option<i64>,
    /// `debug`, `info`, `warning`, `error` or `critical`.
    #[diesel(sql_type = Text)]
    pub log_level: String,
    /// One sentence.
    #[diesel(sql_type = Text)]
    pub message: String,
    /// What it is about.
    #[diesel(sql_type = Nullable<Jsonb>)]
    pub context: Option<serde_json::Value>,
    /// What was sent to the partner, masked.
    #[diesel(sql_type = Nullable<Jsonb>)]
    pub request_data: Option<serde_json::Value>,
    /// What the partner answered, masked.
    #[diesel(sql_type = Nullable<Jsonb>)]
    pub response_data: Option<serde_json::Value>,
    /// How long the partner took.
    #[diesel(sql_type = Nullable<Integer>)]
    pub duration_ms: Option<i32>,
    /// The partner's HTTP status.
    #[diesel(sql_type = Nullable<Integer>)]
    pub status_code: Option<i32>,
    /// When.
    #[diesel(sql_type = Timestamptz)]
    pub created_at: DateTime<Utc>,
}

impl LogEntry {
    /// Its place in a list.
    pub fn cursor(&self) -> Cursor {
        Cursor { at: self.created_at, id: self.id }
    }
}

/// Which entries a list holds.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Whose, when, and from where on.
    pub window: Window,
    /// Only about this sync.
    pub sync_id: Option<i64>,
    /// Only of this level; one of [`LEVELS`].
    pub log_level: Option<&'static str>,
    /// Only of this level or a higher one; one of [`LEVELS`].
    pub lowest_level: Option<&'static str>,
    /// Only with this text in the message, in any case.
    pub text: Option<String>,
}

const COLUMNS: &str = "t.id, t.integration_id, t.sync_id, t.log_level::text AS log_level, t.message, t.context,
    t.request_data, t.response_data, t.duration_ms, t.status_code, t.created_at";

/// Entries that one search looks at.
const LOOKED_AT: i64 = 2_000;

/// The levels of entries.
pub const LEVELS: [&str; 5] = ["debug", "info", "warning", "error", "critical"];

fn levels_from(lowest: &str) -> impl Iterator<Item = &'static str> {
    let place = LEVELS.iter().position(|level| *level == lowest).unwrap_or_default();
    LEVELS.into_iter().skip(place)
}

/// A stretch of entries.
#[derive(Debug, Clone)]
pub struct Stretch {
    /// Newest first; one more than was asked for where that is how one sees that there are more.
    pub entries: Vec<LogEntry>,
    /// Where a search goes on that looked at all that one request looks at, and found no more than `entries`.
    pub looked_up_to: Option<Cursor>,
}

/// How many entries there are, up to the window's limit, and whether there may be more than were counted. A search for text
/// counts among the entries that one request looks at.
pub async fn count(connection: &mut Connection, filter: &Filter) -> Result<(i64, bool)> {
    let limit = filter.window.limit;
    let Some(text) = &filter.text else {
        let counted = rows(filter).count(connection).await?;
        return Ok((counted, counted >= limit));
    };

    let looked = rows(filter).search(connection, "t.message ILIKE {}", &containing(text), LOOKED_AT).await?;
    Ok(looked.map_or((0, false), |looked| {
        let hits = i64::try_from(looked.hits.len()).unwrap_or(i64::MAX);
        (hits, looked.more || hits >= limit)
    }))
}

fn rows(filter: &Filter) -> Rows {
    let mut rows = Rows::of("geniacs_sync_logs", &filter.window);
    rows.only_of_sync(filter.sync_id);
    rows.only_named("log_level", filter.log_level);
    if let Some(lowest) = filter.lowest_level {
        match filter.sync_id {
            // The entries of one sync are few, and come in the order of its own index.
            Some(_) => rows.only(format!("t.log_level >= '{lowest}'")),
            None => rows.only_one_of(levels_from(lowest).map(|level| format!("t.log_level = '{level}'")).collect()),
        }
    }
    rows
}

/// Entries, newest first. A search for text looks at 2,000 entries of each integration at most: no index helps it.
pub async fn list(connection: &mut Connection, filter: &Filter) -> Result<Stretch> {
    let rows = rows(filter);
    let Some(text) = &filter.text else {
        return Ok(Stretch { entries: rows.load(connection, COLUMNS, "").await?, looked_up_to: None });
    };

    let looked = rows.search(connection, "t.message ILIKE {}", &containing(text), LOOKED_AT).await?;
    let Some(looked) = looked else { return Ok(Stretch { entries: Vec::new(), looked_up_to: None }) };
    // A full page goes on after its last entry, not after the last one that was looked at.
    let is_full = i64::try_from(looked.hits.len()).is_ok_and(|hits| hits >= filter.window.limit);
    let looked_up_to = (looked.more && !is_full).then(|| looked.end());
    let order = descending(&filter.window.place).order;
    Ok(Stretch { entries: by_ids(connection, looked.hits, order).await?, looked_up_to })
}

/// The entries on both sides of one of them.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// Newest first, with the one in the middle where the filter lets it through.
    pub entries: Vec<LogEntry>,
    /// Before which newer ones are to be read; none where there are no more.
    pub newer_before: Option<Cursor>,
    /// After which older ones are to be read; none where there are no more.
    pub older_after: Option<Cursor>,
}

/// The entries that a filter lets through on both sides of one of them: with that one, as many as the window asks for.
/// Half of them are newer where there are enough. None: there is no such entry.
pub async fn around(connection: &mut Connection, id: i64, filter: &Filter) -> Result<Option<Surroundings>> {
    let found: Option<Middle> = diesel::sql_query("SELECT created_at FROM geniacs_sync_logs WHERE id = $1")
        .bind::<BigInt, _>(id)
        .get_result(connection)
        .await
        .optional()?;
    let Some(Middle { created_at: at }) = found else { return Ok(None) };

    // Like that of a list, the window holds one row more than was asked for.
    let wanted = usize::try_from(filter.window.limit - 1).unwrap_or_default();
    let middle = Cursor { at, id };
    let newer = side(connection, filter, Place::Before(middle), wanted / 2).await?;
    // Rows that follow this place begin with the entry itself.
    let behind = Cursor { id: id.saturating_add(1), ..middle };
    let older = side(connection, filter, Place::After(behind), wanted - newer.entries.len()).await?;

    let entries = newer.entries.into_iter().rev().chain(older.entries).collect();
    Ok(Some(Surroundings { entries, newer_before: newer.goes_on_at, older_after: older.goes_on_at }))
}

/// The nearest entries on one side of a place.
struct Side {
    entries: Vec<LogEntry>,
    /// Where there are more: the last of these, or without any of these the place itself.
    goes_on_at: Option<Cursor>,
}

async fn side(connection: &mut Connection, filter: &Filter, place: Place<Cursor>, most: usize) -> Result<Side> {
    let limit = i64::try_from(most).unwrap_or(i64::MAX).saturating_add(1);
    let window = Window { place, limit, ..filter.window.clone() };
    let Stretch { mut entries, looked_up_to } = list(connection, &Filter { window, ..filter.clone() }).await?;

    let has_more = entries.len() > most;
    entries.truncate(most);
    let last = entries.last().map(LogEntry::cursor).or(place.row());
    let goes_on_at = if has_more { last } else { looked_up_to };
    Ok(Side { entries, goes_on_at })
}

#[derive(QueryableByName)]
struct Middle {
    #[diesel(sql_type = Timestamptz)]
    created_at: DateTime<Utc>,
}

/// The entries of a sync from a moment on, oldest first.
pub async fn of_sync_from(
    connection: &mut Connection,
    sync_id: i64,
    from: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<LogEntry>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM geniacs_sync_logs t WHERE t.sync_id = $1 AND t.created_at >= $2
         ORDER BY t.created_at, t.id LIMIT {limit}"
    );
    diesel::sql_query(sql).bind::<BigInt, _>(sync_id).bind::<Timestamptz, _>(from).load(connection).await
}

async fn by_ids(connection: &mut Connection, ids: Vec<i64>, order: &str) -> Result<Vec<LogEntry>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM geniacs_sync_logs t WHERE t.id = ANY ($1) ORDER BY t.created_at {order}, t.id {order}"
    );
    diesel::sql_query(sql).bind::<Array<BigInt>, _>(ids).load(connection).await
}
