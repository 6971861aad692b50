//! What is kept of records that were written or compared: their links.

use super::{Incoming, Target};
use crate::failure::Failure;
use crate::form::KeptForm;
use chrono::{DateTime, Utc};
use mapping::Completeness;
use reconcile::Versions;
use storage::records::{links, waiting};
use storage::{Connection, records};

/// What a link is to hold.
pub(super) struct Link {
    pub(super) local_id: i64,
    pub(super) geniacs_id: String,
    pub(super) versions: Versions,
    /// What is kept of its fields; none: as before.
    pub(super) kept: Option<KeptForm>,
    pub(super) deleted_version: Option<i64>,
    /// Whether the row differs in nothing from what is kept; none where nobody knows.
    pub(super) in_step: Option<bool>,
    /// Whether the whole record was told.
    pub(super) is_whole: bool,
    /// Whether the row was made with its Geniacs id.
    pub(super) row_is_new: bool,
    /// The row's new change time, where it was written, and when the local side had changed it before.
    pub(super) written: Option<(DateTime<Utc>, Option<DateTime<Utc>>)>,
}

impl Link {
    pub(super) fn new(record: &Incoming, local_id: i64, versions: Versions) -> Self {
        let geniacs_id = record.geniacs_id.clone();
        Self {
            local_id,
            geniacs_id,
            versions,
            kept: None,
            deleted_version: None,
            in_step: None,
            is_whole: record.completeness == Completeness::Whole,
            row_is_new: false,
            written: None,
        }
    }
}

/// Stores what links hold, in one statement for all.
pub(super) async fn store(connection: &mut Connection, target: &Target<'_>, links: &[Link]) -> Result<(), Failure> {
    if links.is_empty() {
        return Ok(());
    }

    let applied: Vec<links::Applied<'_>> = links
        .iter()
        .map(|link| links::Applied {
            local_id: link.local_id,
            geniacs_id: &link.geniacs_id,
            content_hash: link.kept.as_ref().map(|kept| kept.hash.as_slice()),
            agreed: link.kept.as_ref().map(|kept| kept.agreed.as_str()),
            held: link.kept.as_ref().and_then(|kept| kept.held.as_deref()),
            record_version: link.versions.record(),
            field_versions: link.versions.clone().into_fields(),
            deleted_version: link.deleted_version,
            in_step: link.in_step,
            written_at: link.written.map(|(at, _)| at),
            local_changed_at: link.written.and_then(|(_, before)| before),
            is_whole: link.is_whole,
        })
        .collect();

    links::apply(connection, target.integration_id, target.entity, &applied).await?;

    let pairs: Vec<(i64, &str)> = links.iter().map(|link| (link.local_id, link.geniacs_id.as_str())).collect();
    waiting::target_linked(connection, target.integration_id, target.entity, &pairs).await?;

    let others = links.iter().filter(|link| !link.row_is_new);
    let (ids, geniacs_ids): (Vec<i64>, Vec<&str>) =
        others.map(|link| (link.local_id, link.geniacs_id.as_str())).unzip();
    Ok(records::store_geniacs_ids(connection, target.descriptor, &ids, &geniacs_ids).await?)
}
