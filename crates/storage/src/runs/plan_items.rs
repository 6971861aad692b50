//! `sync_plan_items`: what a dry run would do with each record.

use crate::conditions::Conditions;
use crate::listing::{Place, Reading, ascending};
use crate::{Connection, Result};
use diesel::QueryableByName;
use diesel::sql_types::{Array, BigInt, Binary, Json, Nullable, Text};
use diesel_async::RunQueryDsl;
use domain::{PlanAction, SyncDirection};
use serde_json::Value;
use std::collections::HashSet;

/// What is planned for one record.
#[derive(Debug, Clone)]
pub struct NewPlanItem {
    /// Which side would be written.
    pub direction: SyncDirection,
    /// The local id, if there is one yet.
    pub local_id: Option<i64>,
    /// The Geniacs id, if there is one yet.
    pub geniacs_id: Option<String>,
    /// What would be done.
    pub action: PlanAction,
    /// `[{"field", "geniacs_field", "old", "new"}]`, for the side that would be written.
    pub changes: Value,
    /// Why, where the action alone does not tell.
    pub reason: Option<String>,
    /// SHA-256 of the local record in Geniacs' form.
    pub local_hash: Option<[u8; 32]>,
    /// SHA-256 of what Geniacs says in the mapped fields.
    pub geniacs_hash: Option<[u8; 32]>,
}

/// A stored item.
#[derive(Debug, Clone, QueryableByName)]
pub struct PlanItem {
    /// Its number, for paging.
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    /// A [`SyncDirection`].
    #[diesel(sql_type = Text)]
    pub direction: String,
    /// The local id.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub local_id: Option<i64>,
    /// The Geniacs id.
    #[diesel(sql_type = Nullable<Text>)]
    pub geniacs_id: Option<String>,
    /// A [`PlanAction`].
    #[diesel(sql_type = Text)]
    pub action: String,
    /// `[{"field", "geniacs_field", "old", "new"}]`.
    #[diesel(sql_type = Json)]
    pub changes: Value,
    /// Why.
    #[diesel(sql_type = Nullable<Text>)]
    pub reason: Option<String>,
    /// What the local record said then.
    #[diesel(sql_type = Nullable<Binary>)]
    pub local_hash: Option<Vec<u8>>,
    /// What Geniacs said then.
    #[diesel(sql_type = Nullable<Binary>)]
    pub geniacs_hash: Option<Vec<u8>>,
}

const COLUMNS: &str =
    "i.id, i.direction::text AS direction, i.local_id, i.geniacs_id, i.action::text AS action, i.changes,
    i.reason, i.local_hash, i.geniacs_hash";

/// Stores what a chunk or page planned, in the transaction that counts it.
pub async fn add(connection: &mut Connection, sync_id: i64, chunk_id: i64, items: &[NewPlanItem]) -> Result<()> {
    if items.is_empty() {
        return Ok(());
    }

    diesel::sql_query(
        "INSERT INTO sync_plan_items (sync_id, chunk_id, direction, local_id, geniacs_id, action, changes, reason, local_hash,
             geniacs_hash)
         SELECT $1, $2, u.direction::sync_direction, u.local_id, u.geniacs_id, u.action::plan_action, u.changes, u.reason,
             u.local_hash, u.geniacs_hash
         FROM unnest($3, $4, $5, $6, $7, $8, $9, $10)
             AS u (direction, local_id, geniacs_id, action, changes, reason, local_hash, geniacs_hash)",
    )
    .bind::<BigInt, _>(sync_id)
    .bind::<BigInt, _>(chunk_id)
    .bind::<Array<Text>, _>(items.iter().map(|i| i.direction.as_str()).collect::<Vec<_>>())
    .bind::<Array<Nullable<BigInt>>, _>(items.iter().map(|i| i.local_id).collect::<Vec<_>>())
    .bind::<Array<Nullable<Text>>, _>(items.iter().map(|i| i.geniacs_id.as_deref()).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(items.iter().map(|i| i.action.as_str()).collect::<Vec<_>>())
    .bind::<Array<Json>, _>(items.iter().map(|i| &i.changes).collect::<Vec<_>>())
    .bind::<Array<Nullable<Text>>, _>(items.iter().map(|i| i.reason.as_deref()).collect::<Vec<_>>())
    .bind::<Array<Nullable<Binary>>, _>(items.iter().map(|i| hash(i.local_hash.as_ref())).collect::<Vec<_>>())
    .bind::<Array<Nullable<Binary>>, _>(items.iter().map(|i| hash(i.geniacs_hash.as_ref())).collect::<Vec<_>>())
    .execute(connection)
    .await?;
    Ok(())
}

fn hash(hash: Option<&[u8; 32]>) -> Option<&[u8]> {
    hash.map(<[u8; 32]>::as_slice)
}

/// A stretch of the items of a dry run, which are listed in the order in which they were planned.
pub async fn list(
    connection: &mut Connection,
    sync_id: i64,
    action: Option<PlanAction>,
    place: Place<i64>,
    limit: i64,
) -> Result<Vec<PlanItem>> {
    let Reading { sign, order } = ascending(&place);
    let mut conditions = Conditions::default();
    conditions.only_if("i.sync_id = {}", Some(sync_id));
    conditions.only_if(&format!("i.id {sign} {{}}"), place.row());

    // The planner takes the index that fits only where the condition stands alone.
    if let Some(action) = action {
        conditions.only(format!("i.action = '{action}'"));
    }

    let sql = format!(
        "SELECT {COLUMNS} FROM sync_plan_items i WHERE {} ORDER BY i.id {order} LIMIT {limit}",
        conditions.sql()
    );
    conditions.bound(sql).load(connection).await
}

/// Those of these Geniacs ids that a dry run has planned already, as records to be pulled.
pub async fn pulled_before(connection: &mut Connection, sync_id: i64, geniacs_ids: &[&str]) -> Result<HashSet<String>> {
    #[derive(QueryableByName)]
    struct Planned {
        #[diesel(sql_type = Text)]
        geniacs_id: String,
    }

    let rows: Vec<Planned> = diesel::sql_query(
        "SELECT DISTINCT i.geniacs_id FROM sync_plan_items i
         WHERE i.sync_id = $1 AND i.direction = 'from_geniacs' AND i.geniacs_id = ANY ($2)",
    )
    .bind::<BigInt, _>(sync_id)
    .bind::<Array<Text>, _>(geniacs_ids)
    .load(connection)
    .await?;

    Ok(rows.into_iter().map(|row| row.geniacs_id).collect())
}

/// What a plan has to do here, after the item numbered `after`.
pub async fn to_pull(connection: &mut Connection, plan_of: i64, after: i64, limit: i64) -> Result<Vec<PlanItem>> {
    diesel::sql_query(format!(
        "SELECT {COLUMNS} FROM sync_plan_items i
         WHERE i.sync_id = $1 AND i.id > $2 AND i.direction = 'from_geniacs' AND i.action IN ('create', 'update', 'delete')
         ORDER BY i.id LIMIT $3"
    ))
    .bind::<BigInt, _>(plan_of)
    .bind::<BigInt, _>(after)
    .bind::<BigInt, _>(limit)
    .load(connection)
    .await
}

/// What a plan has to do here with these records of Geniacs.
pub async fn to_pull_of(connection: &mut Connection, plan_of: i64, geniacs_ids: &[&str]) -> Result<Vec<PlanItem>> {
    // `+ 0`: only the index that begins with the record fits, not one that passes over all items of the run.
    diesel::sql_query(format!(
        "SELECT {COLUMNS} FROM unnest($2) AS u (geniacs_id) CROSS JOIN LATERAL (
             SELECT * FROM sync_plan_items i WHERE i.sync_id + 0 = $1 AND i.direction = 'from_geniacs'
                 AND i.action IN ('create', 'update', 'delete') AND i.geniacs_id = u.geniacs_id ORDER BY i.id + 0 DESC LIMIT 1) i"
    ))
    .bind::<BigInt, _>(plan_of)
    .bind::<Array<Text>, _>(geniacs_ids)
    .load(connection)
    .await
}

/// What a dry run planned for these local records in one direction.
pub async fn of_records(
    connection: &mut Connection,
    sync_id: i64,
    direction: SyncDirection,
    local_ids: &[i64],
) -> Result<Vec<PlanItem>> {
    // `+ 0`: see above.
    diesel::sql_query(format!(
        "SELECT {COLUMNS} FROM unnest($3) AS u (local_id) CROSS JOIN LATERAL (
             SELECT * FROM sync_plan_items i WHERE i.sync_id + 0 = $1 AND i.direction = $2::sync_direction
                 AND i.local_id = u.local_id ORDER BY i.id + 0 DESC LIMIT 1) i"
    ))
    .bind::<BigInt, _>(sync_id)
    .bind::<Text, _>(direction.as_str())
    .bind::<Array<BigInt>, _>(local_ids)
    .load(connection)
    .await
}

/// How a record that a consistency check tells of differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DifferenceKind {
    /// Only Geniacs has it.
    MissingHere,
    /// Geniacs lacks it.
    MissingThere,
    /// Both have it, with other values.
    Differs,
    /// It could not be compared.
    Failed,
}

impl DifferenceKind {
    /// The items that say so: an action, of one direction or of both.
    const fn items(self) -> &'static [(&'static str, Option<&'static str>)] {
        match self {
            Self::MissingHere => &[("create", Some("from_geniacs")), ("delete", Some("to_geniacs"))],
            Self::MissingThere => &[("create", Some("to_geniacs")), ("delete", Some("from_geniacs"))],
            // Of a conflict the pull tells, with its fields.
            Self::Differs => &[("update", None), ("conflict", Some("from_geniacs"))],
            Self::Failed => &[("fail", None)],
        }
    }
}

/// A stretch of what differs in a consistency check, of one kind or of all.
pub async fn differences(
    connection: &mut Connection,
    sync_id: i64,
    kind: Option<DifferenceKind>,
    place: Place<i64>,
    limit: i64,
) -> Result<Vec<PlanItem>> {
    let Reading { sign, order } = ascending(&place);
    let mut conditions = Conditions::default();
    conditions.only_if("i.sync_id = {}", Some(sync_id));
    conditions.only_if(&format!("i.id {sign} {{}}"), place.row());

    let of = |condition: &str| {
        format!(
            "(SELECT * FROM sync_plan_items i WHERE {} AND {condition} ORDER BY i.id {order} LIMIT {limit})",
            conditions.sql()
        )
    };

    let items = match kind {
        // The pull tells of a conflict, with its fields.
        None => {
            of("i.action NOT IN ('unchanged', 'skip') AND NOT (i.direction = 'to_geniacs' AND i.action = 'conflict')")
        }
        // A select for each action, so that each has an index in the order that is asked for.
        Some(kind) => {
            let item = |(action, direction): &(&str, Option<&str>)| {
                let direction = direction.map(|direction| format!(" AND i.direction = '{direction}'"));
                of(&format!("i.action = '{action}'{}", direction.unwrap_or_default()))
            };
            kind.items().iter().map(item).collect::<Vec<_>>().join(" UNION ALL ")
        }
    };

    let sql = format!("SELECT {COLUMNS} FROM ({items}) i ORDER BY i.id {order} LIMIT {limit}");
    conditions.bound(sql).load(connection).await
}

/// How both sides compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, QueryableByName)]
pub struct Compared {
    /// Records that either side has.
    #[diesel(sql_type = BigInt)]
    pub records: i64,
    /// Those that only Geniacs has.
    #[diesel(sql_type = BigInt)]
    pub missing_here: i64,
    /// Those that Geniacs lacks.
    #[diesel(sql_type = BigInt)]
    pub missing_there: i64,
    /// Those that both have, with other values.
    #[diesel(sql_type = BigInt)]
    pub differing: i64,
    /// Those that could not be compared.
    #[diesel(sql_type = BigInt)]
    pub failed: i64,
}

/// How the items of the consistency check `$1` compare.
const COMPARED: &str = "
    SELECT (SELECT coalesce(sum(c.records_read), 0)::bigint FROM sync_chunks c WHERE c.sync_id = $1 AND c.kind = 'pull')
             + count(*) FILTER (WHERE direction = 'to_geniacs' AND action = 'create') AS records,
         count(*) FILTER (WHERE (direction, action) IN (('from_geniacs', 'create'), ('to_geniacs', 'delete'))) AS missing_here,
         count(*) FILTER (WHERE (direction, action) IN (('to_geniacs', 'create'), ('from_geniacs', 'delete'))) AS missing_there,
         count(DISTINCT coalesce(local_id::text, geniacs_id)) FILTER (WHERE action IN ('update', 'conflict')) AS differing,
         count(DISTINCT coalesce(local_id::text, geniacs_id, id::text)) FILTER (WHERE action = 'fail') AS failed
    FROM sync_plan_items WHERE sync_id = $1";

/// How both sides compare in a consistency check: as kept at its end, else as far as it has come.
pub async fn compared(connection: &mut Connection, sync_id: i64) -> Result<Compared> {
    let kept: Vec<Compared> = diesel::sql_query(
        "SELECT r.* FROM geniacs_data_sync s, jsonb_to_record(s.response_data -> 'compared')
             AS r (records bigint, missing_here bigint, missing_there bigint, differing bigint, failed bigint)
         WHERE s.id = $1 AND s.response_data ? 'compared'",
    )
    .bind::<BigInt, _>(sync_id)
    .load(connection)
    .await?;

    match kept.into_iter().next() {
        Some(kept) => Ok(kept),
        None => diesel::sql_query(COMPARED).bind::<BigInt, _>(sync_id).get_result(connection).await,
    }
}

/// Keeps how both sides compare, once a check has ended: adding up a large one takes longer than a caller waits.
pub async fn keep_compared(connection: &mut Connection, sync_id: i64) -> Result<()> {
    diesel::sql_query(format!(
        "UPDATE geniacs_data_sync s SET response_data = s.response_data || jsonb_build_object('compared', to_jsonb(c))
         FROM ({COMPARED}) c WHERE s.id = $1"
    ))
    .bind::<BigInt, _>(sync_id)
    .execute(connection)
    .await?;
    Ok(())
}

/// How many records a plan has something to do with, on one side or on both.
pub async fn count_applied(connection: &mut Connection, sync_id: i64, direction: Option<SyncDirection>) -> Result<i64> {
    let row: Number = diesel::sql_query(
        "SELECT count(*) AS n FROM sync_plan_items WHERE sync_id = $1 AND action IN ('create', 'update', 'delete')
           AND direction = coalesce($2::sync_direction, direction)",
    )
    .bind::<BigInt, _>(sync_id)
    .bind::<Nullable<Text>, _>(direction.map(SyncDirection::as_str))
    .get_result(connection)
    .await?;
    Ok(row.n)
}

/// The sync that applies a plan, or has applied it: none where those that tried failed or were cancelled.
pub async fn applied_by(connection: &mut Connection, sync_id: i64) -> Result<Option<i64>> {
    let rows: Vec<Number> = diesel::sql_query(
        "SELECT id AS n FROM geniacs_data_sync WHERE data ? 'plan_of' AND (data ->> 'plan_of')::bigint = $1
           AND status NOT IN ('failed', 'cancelled') ORDER BY id DESC LIMIT 1",
    )
    .bind::<BigInt, _>(sync_id)
    .load(connection)
    .await?;
    Ok(rows.into_iter().next().map(|row| row.n))
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    n: i64,
}
