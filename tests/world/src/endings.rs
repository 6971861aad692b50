//! What has to hold of the runs: each has ended, its counts add up, and once everything is equal there is nothing left to do.

use crate::checks::Violation;
use crate::world::World;

/// Every run has ended, and its counts add up.
pub(crate) async fn runs(world: &World) -> Vec<Violation> {
    let mut violations = Vec::new();
    let violation = |check, text| Violation { check, lineage: String::new(), text };
    for row in world.query("SELECT id, status::text FROM geniacs_data_sync WHERE completed_at IS NULL").await {
        violations.push(violation("end", format!("sync {} is still {}", row.get::<_, i64>(0), row.get::<_, &str>(1))));
    }

    let totals = "SELECT s.id, s.total_records, sum(c.records_read)::bigint FROM geniacs_data_sync s
         JOIN sync_chunks c ON c.sync_id = s.id
         WHERE s.status IN ('success', 'partial') AND s.error_type IS NULL
         GROUP BY s.id HAVING s.total_records <> sum(c.records_read)";
    for row in world.query(totals).await {
        let (id, total, read): (i64, i64, i64) = (row.get(0), row.get(1), row.get(2));
        violations.push(violation("total", format!("sync {id}: total {total}, processed {read}")));
    }
    violations
}

/// How far the records of what happened reach.
pub(crate) async fn mark(world: &World) -> String {
    world.ask("SELECT coalesce(max(id), 0) FROM geniacs_data_sync").await
}

/// Runs after everything is equal have nothing to do.
pub(crate) async fn stillness(world: &World, mark: &str) -> Vec<Violation> {
    let is_whole = world.partner.borrow().traits.cursors_die == 0;
    if !is_whole || !world.partner.borrow().refuses.is_empty() || !world.partner.borrow().breaks.is_empty() {
        return Vec::new();
    }

    let busy = format!(
        "SELECT s.id, s.sync_direction::text, sum(c.created)::bigint, sum(c.updated)::bigint, sum(c.deleted)::bigint
         FROM geniacs_data_sync s JOIN sync_chunks c ON c.sync_id = s.id
         WHERE s.id > {mark} AND s.sync_direction <> 'to_geniacs'
         GROUP BY s.id HAVING sum(c.created + c.updated + c.deleted) > 0"
    );
    let rows = world.query(&busy).await;

    let violation = |row: &tokio_postgres::Row| Violation {
        check: "stillness",
        lineage: String::new(),
        text: format!(
            "sync {} {} made {}, changed {}, deleted {}, although nobody edited anything",
            row.get::<_, i64>(0),
            row.get::<_, &str>(1),
            row.get::<_, i64>(2),
            row.get::<_, i64>(3),
            row.get::<_, i64>(4)
        ),
    };
    rows.iter().map(violation).collect()
}
