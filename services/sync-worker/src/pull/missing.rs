//! What a complete listing has not shown: each is asked for by its id, and only what Geniacs does not have is deleted
//! here, as if Geniacs had said so.

use crate::failure::Failure;
use crate::incoming::AppliedRecord;
use crate::plan::{Caveat, Phase, Walk, needs_confirmation};
use crate::run::Run;
use domain::{Moment, Precision};
use geniacs::{Page, Record};
use serde_json::Map;
use storage::records::missing;
use storage::{Connection, Pool, pool};

/// Remembers what a page shows, where that matters later; in a dry run a record under a new id also as the one that it was.
pub(super) async fn note_seen(
    connection: &mut Connection,
    run: &Run,
    page: &Page,
    records: &[AppliedRecord],
) -> Result<(), Failure> {
    if run.frozen.deletes_missing() && !run.descriptor.append_only {
        let applied = records.iter().map(|record| record.record.geniacs_id.as_str());
        let ids: Vec<&str> = page.records.iter().map(|record| record.geniacs_id.as_str()).chain(applied).collect();
        missing::note_seen(connection, run.sync_id, &ids).await?;
    }
    Ok(())
}

/// Why nothing may be deleted, if so. Asked once, before the first deletion.
pub(super) async fn caveat(pool: &Pool, run: &Run, walk: &mut Walk) -> Result<Option<Caveat>, Failure> {
    if walk.phase != Phase::MissingHere || walk.checked {
        return Ok(None);
    }
    if walk.flawed {
        return Ok(Some(Caveat::incomplete_listing()));
    }

    let mut connection = pool::get(pool).await?;
    let unseen = missing::count_unseen(&mut connection, run.descriptor, run.integration_id, run.sync_id).await?;

    walk.checked = true;
    Ok(needs_confirmation(unseen.missing, unseen.linked, &run.frozen))
}

/// A record that Geniacs does not have any more, as was asked at this moment of the database's clock, in microseconds since
/// 1970.
pub(super) fn deleted(geniacs_id: &str, asked_at: i64) -> Record {
    Record {
        geniacs_id: geniacs_id.to_owned(),
        external_id: None,
        updated_at: None,
        changed: Moment { micros: asked_at, precision: Precision::Microsecond },
        deleted: true,
        fields: Map::new(),
    }
}
