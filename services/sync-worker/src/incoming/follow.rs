//! Columns that a row got because of what Geniacs said about another record: no edit of the local side.

use super::{Target, here};
use crate::failure::Failure;
use crate::form::KeptForm;
use reconcile::{Kept, Learned, version_key};
use storage::Connection;
use storage::records::links::{self, KeptFields};

/// Notes that Geniacs says of these columns what the rows hold now.
pub(crate) async fn accept_columns(
    connection: &mut Connection,
    mut target: Target<'_>,
    local_ids: &[i64],
    columns: &[&str],
) -> Result<(), Failure> {
    let ids: Vec<Option<i64>> = local_ids.iter().copied().map(Some).collect();
    let rows = here::lock(connection, &mut target, &ids).await?;
    let pairs = || target.mapping.local_fields().zip(target.mapping.geniacs_fields());
    let fields: Vec<String> = columns.iter().map(|column| version_key(pairs(), column)).collect();
    let mapped = |name: &&String| target.mapping.geniacs_fields().any(|field| field == *name);

    let mut kept = Vec::with_capacity(rows.readable.len());
    for here in rows.readable.values().filter(|here| here.linked) {
        let row = target.mapped(&here.local);
        let accepted = fields.iter().filter(mapped).map(|name| (name.clone(), None)).collect();
        let before = Kept::read(here.agreed.as_deref(), here.held.as_deref());
        if before.is_unknown() {
            continue;
        }

        let (now, _) = Learned { kept: before, accepted, ..Learned::default() }.over(target.mapping, &row);
        let in_step = !now.differs(target.mapping, &row);
        kept.extend(KeptForm::of(&now).map(|form| (here.id, form, in_step)));
    }

    let kept: Vec<KeptFields<'_>> = kept
        .iter()
        .map(|(local_id, form, in_step)| KeptFields {
            local_id: *local_id,
            content_hash: &form.hash,
            agreed: &form.agreed,
            held: form.held.as_deref(),
            in_step: *in_step,
        })
        .collect();

    Ok(links::keep(connection, target.integration_id, target.entity, &kept).await?)
}
