//! The records of a sync that failed, and why.

use crate::conditions::Conditions;
use crate::listing::{Place, ascending};
use crate::{Connection, Result};
use chrono::{DateTime, Utc};
use diesel::sql_types::{Array, BigInt, Bool, Nullable, Text, Timestamptz};
use diesel::{OptionalExtension, QueryableByName};
use diesel_async::RunQueryDsl;

/// Why one record of a sync failed.
#[derive(Debug, Clone, QueryableByName)]
pub struct RecordError {
    /// Its number, for paging.
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    /// The local id, if there is one yet.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub record_id: Option<i64>,
    /// The Geniacs id, if there is one yet.
    #[diesel(sql_type = Nullable<Text>)]
    pub geniacs_id: Option<String>,
    /// A stable name of the kind of failure.
    #[diesel(sql_type = Text)]
    pub error_type: String,
    /// The field that it is about, by its local name where a mapping has it.
    #[diesel(sql_type = Nullable<Text>)]
    pub field: Option<String>,
    /// What failed, for a person.
    #[diesel(sql_type = Text)]
    pub error_message: String,
    /// When.
    #[diesel(sql_type = Timestamptz)]
    pub failed_at: DateTime<Utc>,
}

const COLUMNS: &str =
    "e.id, e.record_id, e.geniacs_id, e.error_type, nullif(e.field, '') AS field, e.error_message, e.failed_at";

/// Which failures of a sync a list holds.
#[derive(Debug, Clone, Default)]
pub struct ErrorFilter {
    /// Only of this kind.
    pub error_type: Option<String>,
    /// Only about this field; empty: about none.
    pub field: Option<String>,
    /// Only of the record with this id, of either side; where there is none, those whose message holds this text.
    pub text: Option<String>,
    /// Where it lies in the list.
    pub place: Place<i64>,
    /// So many at most.
    pub limit: i64,
}

/// A stretch of failures.
#[derive(Debug, Clone)]
pub struct ErrorStretch {
    /// The nearest to the place first.
    pub errors: Vec<RecordError>,
    /// Where a search goes on that looked at all that one request looks at, and found no more than `errors`.
    pub looked_up_to: Option<i64>,
}

/// Failures that one search for text looks at.
const LOOKED_AT: i64 = 2_000;

/// The first failures of a sync, oldest first.
pub async fn errors(connection: &mut Connection, sync_id: i64, limit: i64) -> Result<Vec<RecordError>> {
    let filter = ErrorFilter { limit, ..ErrorFilter::default() };
    Ok(filtered_errors(connection, sync_id, &filter).await?.errors)
}

/// The failures of a sync that a filter lets through, oldest first. A search for text looks at 2,000 of them at most, since
/// no index helps it.
pub async fn filtered_errors(connection: &mut Connection, sync_id: i64, filter: &ErrorFilter) -> Result<ErrorStretch> {
    let mut conditions = listed(sync_id, filter);
    let order = ascending(&filter.place).order;
    if let Some(text) = &filter.text {
        let ids = of_record(connection, sync_id, text).await?;
        if ids.is_empty() {
            return search(connection, conditions, order, filter, text).await;
        }
        conditions.only_if("e.id = ANY ({})", Some(ids.as_slice()));
    }

    let sql = format!(
        "SELECT {COLUMNS} FROM sync_record_errors e WHERE {} ORDER BY e.id {order} LIMIT {}",
        conditions.sql(),
        filter.limit
    );
    Ok(ErrorStretch { errors: conditions.bound(sql).load(connection).await?, looked_up_to: None })
}

fn listed(sync_id: i64, filter: &ErrorFilter) -> Conditions {
    let mut conditions = Conditions::default();
    conditions.only_if("e.sync_id = {}", Some(sync_id));
    conditions.only_if("e.error_type = {}", filter.error_type.as_deref());
    conditions.only_if("e.field = {}", filter.field.as_deref());
    conditions.only_if(&format!("e.id {} {{}}", ascending(&filter.place).sign), filter.place.row());
    conditions
}

/// Failures of the record that has this id on one of the sides. Each side has an index of its own.
async fn of_record(connection: &mut Connection, sync_id: i64, text: &str) -> Result<Vec<i64>> {
    let local = text.parse::<i64>().ok();
    let row: Ids = diesel::sql_query(
        "SELECT ARRAY(SELECT id FROM sync_record_errors WHERE sync_id = $1 AND record_id = $2
                      UNION SELECT id FROM sync_record_errors WHERE sync_id = $1 AND geniacs_id = $3) AS ids",
    )
    .bind::<BigInt, _>(sync_id)
    .bind::<Nullable<BigInt>, _>(local)
    .bind::<Text, _>(text)
    .get_result(connection)
    .await?;
    Ok(row.ids)
}

async fn search(
    connection: &mut Connection,
    mut conditions: Conditions,
    order: &str,
    filter: &ErrorFilter,
    text: &str,
) -> Result<ErrorStretch> {
    let pattern = conditions.bind(crate::listing::containing(text).as_str());

    let sql = format!(
        "WITH looked AS MATERIALIZED (
             SELECT e.id, e.error_message ILIKE {pattern} AS is_hit FROM sync_record_errors e
             WHERE {} ORDER BY e.id {order} LIMIT {LOOKED_AT})
         SELECT ARRAY(SELECT id FROM looked WHERE is_hit ORDER BY id {order} LIMIT {}) AS ids,
             count(*) = {LOOKED_AT} AS more, {}(id) AS last
         FROM looked HAVING count(*) > 0",
        conditions.sql(),
        filter.limit,
        if order == "ASC" { "max" } else { "min" },
    );

    let looked: Option<Looked> = conditions.bound(sql).get_result(connection).await.optional()?;
    let Some(Looked { ids, more, last }) = looked else {
        return Ok(ErrorStretch { errors: Vec::new(), looked_up_to: None });
    };

    // A full page goes on after its last failure, not after the last one that was looked at.
    let is_full = i64::try_from(ids.len()).is_ok_and(|hits| hits >= filter.limit);
    let sql = format!("SELECT {COLUMNS} FROM sync_record_errors e WHERE e.id = ANY ($1) ORDER BY e.id {order}");
    let errors = diesel::sql_query(sql).bind::<Array<BigInt>, _>(ids).load(connection).await?;
    Ok(ErrorStretch { errors, looked_up_to: (more && !is_full).then_some(last) })
}

/// Failures of one kind, about one field.
#[derive(Debug, Clone, QueryableByName)]
pub struct ErrorGroup {
    /// How many there are, as far as they were counted.
    #[diesel(sql_type = BigInt)]
    pub count: i64,
    /// Whether there are more.
    #[diesel(sql_type = Bool)]
    pub more: bool,
    /// Whether one of the first is worth another try by itself.
    #[diesel(sql_type = Bool)]
    pub retryable: bool,
    /// The first of them.
    #[diesel(embed)]
    pub sample: RecordError,
}

/// Groups that are told of one sync: a partner may make up any number of types.
const MOST_GROUPS: i64 = 100;
/// How far the failures of a group are counted.
const MOST_COUNTED: i64 = 10_000;

/// The statement of [`error_groups`].
pub(crate) fn error_groups_sql() -> String {
    format!(
        include_str!("errors.error_groups.sql"),
        MOST_GROUPS = MOST_GROUPS,
        MOST_COUNTED = MOST_COUNTED,
        COLUMNS = COLUMNS
    )
}

/// The failures of a sync by kind and field, those with the most first. However many failures there are, only the first of
/// each group are looked at.
pub async fn error_groups(connection: &mut Connection, sync_id: i64) -> Result<Vec<ErrorGroup>> {
    // Leaps from the first failure of one group to the first of the next: the index has them in this order.
    let sql = error_groups_sql();
    diesel::sql_query(sql).bind::<BigInt, _>(sync_id).load(connection).await
}

#[derive(QueryableByName)]
struct Ids {
    #[diesel(sql_type = Array<BigInt>)]
    ids: Vec<i64>,
}

#[derive(QueryableByName)]
struct Looked {
    #[diesel(sql_type = Array<BigInt>)]
    ids: Vec<i64>,
    #[diesel(sql_type = Bool)]
    more: bool,
    #[diesel(sql_type = BigInt)]
    last: i64,
}
