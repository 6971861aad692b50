//! Entities whose local changes are pushed as they happen: whose turn it may be, and whether anything changed.

use crate::entities::Descriptor;
use crate::records::gone;
use crate::{Connection, Result};
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Bool, Nullable, Text};
use diesel_async::RunQueryDsl;
use domain::EntityType;

/// After a run that ended without moving the position, the next one waits for so long.
const PAUSE_SECONDS: u32 = 60;
/// Changes that one look reads; more than any page or batch from Geniacs writes in one transaction.
const LOOK: i64 = 10_000;

/// An entity whose changes an integration wants at once, and no sync of which is under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Whose.
    pub integration_id: i64,
    /// Which kind of record.
    pub entity: EntityType,
    /// Changes below this position are at Geniacs; 0 before the first push.
    pub position: i64,
}

/// The statement of [`candidates`].
pub(crate) fn candidates_sql() -> String {
    format!(include_str!("real_time.candidates.sql"), PAUSE_SECONDS = PAUSE_SECONDS)
}

/// What may start now: asked for in `configuration.real_time`, with mappings, in an integration that is active and not
/// paused. A sync of the entity that runs, waits or is to be retried comes first, and a run that failed without moving the
/// position holds the next one back for a minute. With an integration, only its own.
pub async fn candidates(connection: &mut Connection, integration_id: Option<i64>) -> Result<Vec<Candidate>> {
    let rows: Vec<Row> =
        diesel::sql_query(candidates_sql()).bind::<Nullable<BigInt>, _>(integration_id).load(connection).await?;
    let read = |row: Row| {
        let Row { integration_id, entity_type, position } = row;
        Some(Candidate { integration_id, entity: entity_type.parse().ok()?, position })
    };
    Ok(rows.into_iter().filter_map(read).collect())
}

/// What a look at the changes of an entity found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// Nothing is new.
    Nothing,
    /// Up to this position, all that changed came from Geniacs itself.
    Echoes(i64),
    /// Something to push.
    Changed,
}

/// Looks for changes from the position on, below the oldest transaction still open: an index look-up while there are none.
pub async fn look(connection: &mut Connection, descriptor: &Descriptor, candidate: &Candidate) -> Result<Look> {
    let sources = [Some(descriptor.table.to_owned()), gone(descriptor)].into_iter().flatten();
    let first_of = |source: String| {
        let came_from_geniacs = if descriptor.append_only {
            format!("t.{} IS NOT NULL", descriptor.geniacs_id_column)
        } else {
            "false".to_owned()
        };
        format!(
            "(SELECT t.id, t.changed_xid, {came_from_geniacs} AS theirs FROM {source} t
              WHERE t.changed_xid >= $2::text::xid8 AND t.changed_xid < pg_snapshot_xmin(pg_current_snapshot())
              ORDER BY t.changed_xid, t.id LIMIT {LOOK})"
        )
    };

    let sql = format!(
        "WITH seen AS MATERIALIZED (
             SELECT t.id, t.changed_xid::text::bigint AS at, t.theirs FROM ({}) t ORDER BY t.changed_xid, t.id LIMIT {LOOK})
         SELECT count(*) AS count, max(s.at) AS last, pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS horizon,
             EXISTS (SELECT FROM seen s LEFT JOIN LATERAL (
                         SELECT l.applied_xid FROM record_links l WHERE l.local_id = s.id AND l.integration_id = $1
                             AND l.entity_type = '{}'::entity_type LIMIT 1) l ON true
                     WHERE NOT s.theirs AND l.applied_xid IS DISTINCT FROM s.at) AS ours
         FROM seen s",
        sources.map(first_of).collect::<Vec<_>>().join(" UNION ALL "),
        descriptor.entity,
    );

    let found: Changes = diesel::sql_query(sql)
        .bind::<BigInt, _>(candidate.integration_id)
        .bind::<BigInt, _>(candidate.position)
        .get_result(connection)
        .await?;

    Ok(found.meaning(candidate.position))
}

/// Moves the position past echoes. It never goes back.
pub async fn pass_over(connection: &mut Connection, candidate: &Candidate, upto: i64) -> Result<()> {
    diesel::sql_query(
        "INSERT INTO sync_positions AS p (integration_id, entity_type, direction, changed_xid)
         VALUES ($1, $2::entity_type, 'to_geniacs', $3)
         ON CONFLICT (integration_id, entity_type, direction) DO UPDATE SET
             changed_xid = greatest(p.changed_xid, excluded.changed_xid)",
    )
    .bind::<BigInt, _>(candidate.integration_id)
    .bind::<Text, _>(candidate.entity.as_str())
    .bind::<BigInt, _>(upto)
    .execute(connection)
    .await?;
    Ok(())
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    integration_id: i64,
    #[diesel(sql_type = Text)]
    entity_type: String,
    #[diesel(sql_type = BigInt)]
    position: i64,
}

#[derive(QueryableByName)]
struct Changes {
    #[diesel(sql_type = BigInt)]
    count: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    last: Option<i64>,
    #[diesel(sql_type = BigInt)]
    horizon: i64,
    #[diesel(sql_type = Bool)]
    ours: bool,
}

impl Changes {
    fn meaning(&self, position: i64) -> Look {
        // A position ahead of the server is one of before a restore; the run forgets it and walks everything.
        if self.ours || position > self.horizon {
            return Look::Changed;
        }

        match self.last {
            None => Look::Nothing,
            // What stands at the last position may not all have been read.
            Some(last) if self.count == LOOK && last > position => Look::Echoes(last),
            Some(_) if self.count == LOOK => Look::Changed,
            Some(_) => Look::Echoes(self.horizon),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_look_means() {
        let seen = |count, last, ours| Changes { count, last, horizon: 100, ours };
        assert_eq!(seen(0, None, false).meaning(50), Look::Nothing);
        assert_eq!(seen(3, Some(60), true).meaning(50), Look::Changed);
        assert_eq!(seen(3, Some(60), false).meaning(50), Look::Echoes(100));
        assert_eq!(seen(LOOK, Some(60), false).meaning(50), Look::Echoes(60));
        assert_eq!(seen(LOOK, Some(50), false).meaning(50), Look::Changed, "a look sees no end of them");
        assert_eq!(seen(0, None, false).meaning(101), Look::Changed, "restored");
    }
}
