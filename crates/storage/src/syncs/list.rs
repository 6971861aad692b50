//! The list of syncs.

use super::SyncRow;
use super::status::{COUNTS, IS_HELD, columns, sums};
use crate::listing::{Rows, Window};
use crate::{Connection, Result};
use domain::{EntityType, SyncStatus, SyncType};

/// Which syncs a list holds.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Whose, when, and from where on.
    pub window: Window,
    /// Only of this entity.
    pub entity_type: Option<EntityType>,
    /// Only of this type.
    pub sync_type: Option<SyncType>,
    /// Only in this state. A run whose integration is held back counts as pending, as it is shown.
    pub status: Option<SyncStatus>,
}

/// Syncs, newest first. The numbers of one that has ended are those it ended with; others' chunks are summed.
pub async fn list(connection: &mut Connection, filter: &Filter) -> Result<Vec<SyncRow>> {
    let mut rows = Rows::of("geniacs_data_sync", &filter.window);
    rows.only_named("entity_type", filter.entity_type.map(EntityType::as_str));
    rows.only_named("sync_type", filter.sync_type.map(SyncType::as_str));
    only_in(&mut rows, filter.status);
    let joins = format!(
        "CROSS JOIN LATERAL (SELECT {} FROM sync_chunks c
                             WHERE c.sync_id = t.id AND t.status IN ('pending', 'processing')) sums",
        sums()
    );
    rows.load(connection, &format!("{}, {}", columns("t"), counts()), &joins).await
}

fn only_in(rows: &mut Rows, status: Option<SyncStatus>) {
    let is_held =
        format!("EXISTS (SELECT FROM integration_limits l WHERE l.integration_id = t.integration_id AND {IS_HELD})");
    match status {
        Some(SyncStatus::Pending) => {
            rows.only("t.status IN ('pending', 'processing')".to_owned());
            rows.only(format!("(t.status = 'pending' OR {is_held})"));
        }
        Some(SyncStatus::Processing) => {
            rows.only("t.status IN ('pending', 'processing')".to_owned());
            rows.only(format!("(t.status = 'processing' AND NOT {is_held})"));
        }
        other => rows.only_named("status", other.map(SyncStatus::as_str)),
    }
}

/// Columns of counts: of the answer that an ended sync keeps, else the sums.
fn counts() -> String {
    let count = |(column, key): &(&str, &str)| {
        format!("coalesce((t.response_data #>> '{{counts,{key}}}')::bigint, sums.{column}) AS {column}")
    };
    COUNTS.iter().map(count).collect::<Vec<_>>().join(", ")
}
