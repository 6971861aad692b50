//! The list of syncs.

use super::SyncRow;
use super::status::{COUNTS, IS_HELD, columns, rate, short_data, sums};
use crate::listing::{Cursor, List, Rows, Window};
use crate::{Connection, Result};
use domain::sync::SyncKind;
use domain::{EntityType, SyncDirection, SyncStatus, SyncType};

/// Which syncs a list holds.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Whose, when, and from where on.
    pub window: Window,
    /// Only of this entity.
    pub entity_type: Option<EntityType>,
    /// Only of this type.
    pub sync_type: Option<SyncType>,
    /// Only in this direction.
    pub sync_direction: Option<SyncDirection>,
    /// Only of this kind.
    pub kind: Option<SyncKind>,
    /// Only of this schedule.
    pub schedule_id: Option<i64>,
    /// Only in one of these states, unless there are none. A run whose integration is held back counts as pending, as it is
    /// shown.
    pub statuses: Vec<SyncStatus>,
}

impl List for Filter {
    type Row = SyncRow;

    fn window(&mut self) -> &mut Window {
        &mut self.window
    }

    fn cursor(row: &SyncRow) -> Cursor {
        Cursor { at: row.created_at, id: row.id }
    }

    /// The numbers of one that has ended are those it ended with; others' chunks are summed.
    async fn load(&self, connection: &mut Connection) -> Result<Vec<SyncRow>> {
        let joins = format!(
            "CROSS JOIN LATERAL (SELECT {}, {} FROM sync_chunks c
                                 WHERE c.sync_id = t.id AND t.status IN ('pending', 'processing')) sums",
            sums(),
            rate("t")
        );
        let columns = format!("{}, {}, sums.rate", columns("t", &short_data("t")), counts());
        rows(self).load(connection, &columns, &joins).await
    }

    async fn count(&self, connection: &mut Connection) -> Result<i64> {
        rows(self).count(connection).await
    }
}

pub(crate) fn rows(filter: &Filter) -> Rows {
    let mut rows = Rows::of("geniacs_data_sync", &filter.window);
    rows.only_named("entity_type", filter.entity_type.map(EntityType::as_str));
    rows.only_named("sync_type", filter.sync_type.map(SyncType::as_str));
    rows.only_named("sync_direction", filter.sync_direction.map(SyncDirection::as_str));

    if let Some(kind) = filter.kind {
        rows.only(format!("sync_kind(t.data) = '{kind}'"));
    }
    rows.only_number("t.schedule_id = {}", filter.schedule_id);
    rows.only_one_of(filter.statuses.iter().copied().map(is_shown_as).collect());
    rows
}

/// The condition of the syncs that are shown in one state. No sync meets two of them.
fn is_shown_as(status: SyncStatus) -> String {
    let is_held =
        format!("EXISTS (SELECT FROM integration_limits l WHERE l.integration_id = t.integration_id AND {IS_HELD})");

    match status {
        SyncStatus::Pending => {
            format!("t.status IN ('pending', 'processing') AND (t.status = 'pending' OR {is_held})")
        }
        SyncStatus::Processing => {
            format!("t.status IN ('pending', 'processing') AND (t.status = 'processing' AND NOT {is_held})")
        }
        ended => format!("t.status = '{ended}'"),
    }
}

/// Columns of counts: of the answer that an ended sync keeps, else the sums.
fn counts() -> String {
    let count = |(column, key): &(&str, &str)| {
        format!("coalesce((t.response_data #>> '{{counts,{key}}}')::bigint, sums.{column}) AS {column}")
    };
    COUNTS.iter().map(count).collect::<Vec<_>>().join(", ")
}
