//! Every record of Geniacs', then every row here that none of them led to.

use super::CheckTarget;
use super::compare::{self, only_waits};
use super::ids::Ids;
use super::report::{DifferenceKind, EntityReport};
use crate::provider::sides::{Linked, Local, Side};
use crate::simulator::Simulator;
use domain::record_id;
use mapping::{Mapped, References};
use std::collections::HashMap;

/// Rows per page.
const PAGE: i64 = 5_000;

/// Compares both sides.
pub(super) async fn walk_both_sides(
    side: &Side<'_>,
    simulator: &Simulator,
    target: &CheckTarget,
    report: &mut EntityReport,
) -> anyhow::Result<()> {
    let seen = walk_there(side, simulator, target, report).await?;

    let named = side.named_failing().await?;

    for_each_row(side, target, |local, geniacs_id, references| {
        if !seen.contains(local.id) {
            let mapped = target.plan.push(&local.fields, references);
            report_unseen(local, geniacs_id, &mapped, named.get(&local.id).map(String::as_str), report);
        }
    })
    .await
}

/// Compares every record of Geniacs', and returns the rows that they led to.
async fn walk_there(
    side: &Side<'_>,
    simulator: &Simulator,
    target: &CheckTarget,
    report: &mut EntityReport,
) -> anyhow::Result<Ids> {
    let mut seen = Ids::default();
    let mut after = None;
    loop {
        let dump = simulator.dump(target.entity(), after.as_deref()).await?;
        let ids: Vec<String> = dump.records.iter().map(|record| record.id.clone()).collect();
        let external_ids: Vec<Option<i64>> =
            dump.records.iter().map(|record| record_id::local(record.external_id.as_ref()?)).collect();

        let linked = side.linked(&ids, &external_ids).await?;
        let references =
            side.references(&target.plan, linked.iter().filter_map(|linked| linked.local.as_ref())).await?;
        let linked: HashMap<&str, &Linked> = linked.iter().map(|link| (link.geniacs_id.as_str(), link)).collect();

        for record in &dump.records {
            let link = linked.get(record.id.as_str()).copied();
            if let Some(link) = link {
                seen.insert(link.local_id);
            }
            compare::compare_record(target, record, link, &references, report);
        }

        match dump.next_after {
            Some(next) => after = Some(next),
            None => return Ok(seen),
        }
    }
}

/// A row that no record of Geniacs' led to: fine if it is deleted, or if it cannot be mapped and a sync said so.
fn report_unseen(
    local: &Local,
    geniacs_id: Option<&str>,
    mapped: &Mapped,
    named: Option<&str>,
    report: &mut EntityReport,
) {
    let id = local.id;
    if local.deleted {
        report.deleted += 1;
        return;
    }

    match (geniacs_id, named) {
        (Some(geniacs_id), _) => {
            report.add(DifferenceKind::MissingThere, || {
                format!("row {id} is linked to {geniacs_id}, which Geniacs does not have")
            });
        }
        (None, _) if mapped.errors.is_empty() => {
            report.add(DifferenceKind::MissingThere, || format!("row {id} was never taken by Geniacs"));
        }
        (None, Some(_)) if only_waits(mapped) => report.waiting += 1,
        (None, Some(_)) => report.invalid += 1,
        (None, None) => {
            let fields = compare::failing_fields(mapped);
            report.add(DifferenceKind::Unexplained, || {
                format!("row {id}: {fields} cannot be mapped, and no sync names the row")
            });
        }
    }
}

/// How many live rows there are, and how many of them cannot be mapped now.
pub(in crate::commands) async fn count_failing(side: &Side<'_>, target: &CheckTarget) -> anyhow::Result<(u64, u64)> {
    let (mut live, mut failing) = (0, 0);
    for_each_row(side, target, |local, _, references| {
        if !local.deleted {
            live += 1;
            failing += u64::from(!target.plan.push(&local.fields, references).errors.is_empty());
        }
    })
    .await?;

    Ok((live, failing))
}

async fn for_each_row(
    side: &Side<'_>,
    target: &CheckTarget,
    mut look: impl FnMut(&Local, Option<&str>, &References),
) -> anyhow::Result<()> {
    let mut after = i64::MIN;
    loop {
        let rows = side.page(after, PAGE).await?;
        let Some((last, _)) = rows.last() else { return Ok(()) };
        after = last.id;

        let references = side.references(&target.plan, rows.iter().map(|(local, _)| local)).await?;
        for (local, geniacs_id) in &rows {
            look(local, geniacs_id.as_deref(), &references);
        }
    }
}
