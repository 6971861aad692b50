//! What a push walks, cut into stretches by keyset. A full walk goes by id; an incremental one by change position and
//! id, below the oldest transaction still running, so that a late commit is never missed and no clock is involved. The
//! tombstones of deleted rows stand among the rows, in the same order.

use super::outgoing::STILL_THERE;
use super::tombstones::gone;
use crate::entities::Descriptor;
use crate::prepared::Prepare;
use crate::runs::chunks::Stretch;
use crate::{Connection, Result};
use chrono::{DateTime, Utc};
use diesel::QueryableByName;
use diesel::pg::Pg;
use diesel::query_builder::{BoxedSqlQuery, SqlQuery};
use diesel::sql_types::{BigInt, Nullable, Text, Timestamptz};
use diesel_async::RunQueryDsl;
use serde::{Deserialize, Serialize};

/// Which records a walk covers: (change position, id) pairs above `after` and up to `upto`, narrowed by filters.
/// A full walk leaves the change positions at 0.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Selection {
    /// Whether the walk goes by change position; by id otherwise.
    pub by_change: bool,
    /// Change positions below this one. In a full walk: ids up to this one.
    pub upper: i64,
    /// Only records changed at or after this moment.
    pub updated_since: Option<DateTime<Utc>>,
    /// Only records with this status.
    pub status: Option<String>,
    /// Whether what is deleted here is among them.
    #[serde(default = "yes")]
    pub deletions: bool,
}

const fn yes() -> bool {
    true
}

/// A place in a walk: (change position, id).
pub type Bound = (i64, i64);

impl Selection {
    /// The sources of the walk, each ordered by an index: the table, and the tombstones where there are any. A row `t` of
    /// them lies after the bound `$1, $2`, below `$3` and within the filters `$4, $5`.
    fn sources(&self, descriptor: &Descriptor) -> Vec<String> {
        let rows = format!("{} t WHERE {}", descriptor.table, self.condition(descriptor, descriptor.status()));
        // A tombstone has no status to ask for.
        let gone = gone(descriptor)
            .filter(|_| self.deletions)
            .map(|gone| format!("{gone} t WHERE {}", self.condition(descriptor, "NULL::text")));
        std::iter::once(rows).chain(gone).collect()
    }

    fn condition(&self, descriptor: &Descriptor, status: &str) -> String {
        let range = if self.by_change {
            "(t.changed_xid, t.id) > ($1::text::xid8, $2) AND t.changed_xid < $3::text::xid8"
        } else {
            // The statement is given both values of a bound, whichever way the walk goes.
            "$1 = $1 AND t.id > $2 AND t.id <= $3"
        };

        // What came from Geniacs is not sent back, so it is not counted either.
        let own = match descriptor {
            Descriptor { append_only: true, geniacs_id_column, .. } => format!(" AND t.{geniacs_id_column} IS NULL"),
            _ if self.deletions => String::new(),
            _ => " AND t.deleted_at IS NULL".to_owned(),
        };

        format!(
            "{range}{own} AND ($4::timestamptz IS NULL OR t.updated_at >= $4) AND ($5::text IS NULL OR {status} = $5)"
        )
    }

    fn order(&self) -> &'static str {
        if self.by_change { "t.changed_xid, t.id" } else { "t.id" }
    }

    fn bind(&self, sql: String, after: Bound) -> BoxedSqlQuery<'_, Pg, SqlQuery> {
        diesel::sql_query(sql)
            .into_boxed::<Pg>()
            .bind::<BigInt, _>(after.0)
            .bind::<BigInt, _>(after.1)
            .bind::<BigInt, _>(self.upper)
            .bind::<Nullable<Timestamptz>, _>(self.updated_since)
            .bind::<Nullable<Text>, _>(self.status.as_deref())
    }
}

/// Cuts up to `pieces` stretches of `size` records after a bound. Fewer pieces, or a short last one: the walk is done.
/// The second value counts the records in all of them.
pub async fn cut(
    connection: &mut Connection,
    descriptor: &Descriptor,
    selection: &Selection,
    after: Bound,
    size: i64,
    limit: i64,
) -> Result<(Vec<Stretch>, i64)> {
    let order = selection.order();
    let sources = selection.sources(descriptor);
    // Each source has the limit itself, so that its index is read no further than that.
    let first_of = |source: &String| format!("(SELECT t.id, t.changed_xid FROM {source} ORDER BY {order} LIMIT $6)");

    let sql = format!(
        "SELECT n, xid, id FROM (
             SELECT t.id, {} AS xid, row_number() OVER (ORDER BY {order}) AS n, count(*) OVER () AS total
             FROM (SELECT * FROM ({}) t ORDER BY {order} LIMIT $6) t
         ) numbered WHERE n % $7 = 0 OR n = total ORDER BY n",
        if selection.by_change { "t.changed_xid::text::bigint" } else { "0::bigint" },
        sources.iter().map(first_of).collect::<Vec<_>>().join(" UNION ALL "),
    );

    let ends: Vec<End> =
        selection.bind(sql, after).bind::<BigInt, _>(limit).bind::<BigInt, _>(size).prepared().load(connection).await?;

    let mut start = after;
    let stretches = ends
        .iter()
        .map(|end| {
            let stretch = Stretch { after: start, upto: (end.xid, end.id) };
            start = stretch.upto;
            stretch
        })
        .collect();

    Ok((stretches, ends.last().map_or(0, |end| end.n)))
}

/// Counts what a walk covers.
pub async fn count(
    connection: &mut Connection,
    descriptor: &Descriptor,
    integration_id: i64,
    selection: &Selection,
    after: Bound,
) -> Result<i64> {
    let told = format!(
        "(SELECT l.local_id FROM record_links l WHERE l.local_id = t.id AND l.integration_id = $6
              AND l.entity_type = '{}'::entity_type AND {STILL_THERE} LIMIT 1) IS NOT NULL",
        descriptor.entity
    );

    // The deletions that the reading of a stretch leaves out: those that Geniacs never had or knows of.
    let worth = [
        if descriptor.append_only { "$6 = $6".to_owned() } else { format!("(t.deleted_at IS NULL OR {told})") },
        format!("{told} AND (SELECT r.id FROM {} r WHERE r.id = t.id LIMIT 1) IS NULL", descriptor.table),
    ];

    let sources = selection.sources(descriptor);
    let counts: Vec<String> = sources
        .iter()
        .zip(&worth)
        .map(|(source, worth)| format!("(SELECT count(*) FROM {source} AND {worth})"))
        .collect();

    let sql = format!("SELECT {} AS n", counts.join(" + "));
    let row: Number =
        selection.bind(sql, after).bind::<BigInt, _>(integration_id).prepared().get_result(connection).await?;
    Ok(row.n)
}

/// How many records a walk may cover, by the planner's statistics; nothing is counted.
pub async fn estimate(
    connection: &mut Connection,
    descriptor: &Descriptor,
    selection: &Selection,
    after: Bound,
) -> Result<i64> {
    let sql = format!(
        "EXPLAIN (FORMAT JSON) SELECT 1 FROM {} t WHERE {}",
        descriptor.table,
        selection.condition(descriptor, descriptor.status())
    );
    let row: Explained = selection.bind(sql, after).prepared().get_result(connection).await?;
    let rows = row.plan.pointer("/0/Plan/Plan Rows").and_then(serde_json::Value::as_i64);
    Ok(rows.unwrap_or_default())
}

/// Where a walk that starts now ends: the oldest transaction still running for an incremental, the highest id for a
/// full walk, and in both cases the change position that is done once the walk is.
pub async fn horizon(connection: &mut Connection, descriptor: &Descriptor) -> Result<(i64, i64)> {
    let sources = [Some(descriptor.table.to_owned()), gone(descriptor).map(|gone| format!("{gone} t"))];
    let highest: Vec<String> =
        sources.into_iter().flatten().map(|source| format!("(SELECT max(id) FROM {source})")).collect();

    let sql = format!(
        "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS xid, greatest(0, {}) AS id, 0::bigint AS n",
        highest.join(", ")
    );
    let row: End = diesel::sql_query(sql).prepared().get_result(connection).await?;
    Ok((row.xid, row.id))
}

/// The lowest change position among the records changed at or after a moment.
pub async fn window_start(connection: &mut Connection, descriptor: &Descriptor, seconds: i64) -> Result<Option<i64>> {
    let sources = [Some(descriptor.table.to_owned()), gone(descriptor)];
    let lowest: Vec<String> = sources
        .into_iter()
        .flatten()
        .map(|source| {
            format!(
                "(SELECT min(t.changed_xid::text::bigint) FROM {source} t
                  WHERE t.updated_at >= geniacs_now() - make_interval(secs => $1))"
            )
        })
        .collect();

    let sql = format!("SELECT least({}) AS n", lowest.join(", "));
    let row: MaybeNumber = diesel::sql_query(sql)
        .bind::<diesel::sql_types::Double, _>(f64::from(i32::try_from(seconds).unwrap_or(i32::MAX)))
        .prepared()
        .get_result(connection)
        .await?;
    Ok(row.n)
}

#[derive(QueryableByName)]
struct End {
    #[diesel(sql_type = BigInt)]
    n: i64,
    #[diesel(sql_type = BigInt)]
    xid: i64,
    #[diesel(sql_type = BigInt)]
    id: i64,
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

#[derive(QueryableByName)]
struct MaybeNumber {
    #[diesel(sql_type = Nullable<BigInt>)]
    n: Option<i64>,
}

#[derive(QueryableByName)]
struct Explained {
    #[diesel(sql_type = diesel::sql_types::Json, column_name = "QUERY PLAN")]
    plan: serde_json::Value,
}
