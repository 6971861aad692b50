//! Every record of Geniacs', then every row here that none of them led to.

use super::Target;
use super::compare;
use super::report::{Kind, Report};
use crate::provider::sides::{self, Linked, Local};
use crate::simulator::Simulator;
use mapping::References;
use std::collections::{HashMap, HashSet};
use tokio_postgres::Client;

/// Rows per page.
const PAGE: i64 = 5_000;

/// Compares both sides.
pub(super) async fn walk(
    client: &Client,
    simulator: &Simulator,
    target: &Target,
    report: &mut Report,
) -> anyhow::Result<()> {
    let seen = walk_there(client, simulator, target, report).await?;
    let named = sides::named_invalid(client, target.integration_id, target.entity).await?;
    for_each_row(client, target, |local, geniacs_id| {
        if !seen.contains(&local.id) {
            unseen(target, local, geniacs_id, &named, report);
        }
    })
    .await
}

/// Compares every record of Geniacs', and returns the rows that they led to.
async fn walk_there(
    client: &Client,
    simulator: &Simulator,
    target: &Target,
    report: &mut Report,
) -> anyhow::Result<HashSet<i64>> {
    let mut seen = HashSet::new();
    let mut after = None;
    loop {
        let dump = simulator.dump(target.entity, after.as_deref()).await?;
        let ids: Vec<String> = dump.records.iter().map(|record| record.id.clone()).collect();
        let linked = sides::linked(client, target.descriptor, target.integration_id, &ids).await?;
        let linked: HashMap<&str, &Linked> = linked.iter().map(|link| (link.geniacs_id.as_str(), link)).collect();
        for record in &dump.records {
            let link = linked.get(record.id.as_str()).copied();
            seen.extend(link.map(|link| link.local_id));
            compare::record(&target.plan, record, link, report);
        }
        match dump.next_after {
            Some(next) => after = Some(next),
            None => return Ok(seen),
        }
    }
}

/// A row that no record of Geniacs' led to: fine if it is deleted, or fails validation and a sync said so.
fn unseen(target: &Target, local: &Local, geniacs_id: Option<&str>, named: &HashSet<i64>, report: &mut Report) {
    let id = local.id;
    if local.deleted {
        report.deleted += 1;
        return;
    }
    let errors = target.plan.push(&local.fields, &References::default()).errors;
    match geniacs_id {
        Some(geniacs_id) => {
            report
                .add(Kind::MissingThere, || format!("row {id} is linked to {geniacs_id}, which Geniacs does not have"));
        }
        None if errors.is_empty() => {
            report.add(Kind::MissingThere, || format!("row {id} was never taken by Geniacs"));
        }
        None if named.contains(&id) => report.invalid += 1,
        None => {
            let fields: Vec<&str> = errors.iter().map(|problem| problem.local_field.as_str()).collect();
            let text = || format!("row {id}: {} fails validation, and no sync names the row", fields.join(", "));
            report.add(Kind::Unexplained, text);
        }
    }
}

/// How many live rows there are, and how many of them fail validation.
pub(in crate::commands) async fn count_invalid(client: &Client, target: &Target) -> anyhow::Result<(u64, u64)> {
    let (mut live, mut invalid) = (0, 0);
    for_each_row(client, target, |local, _| {
        if !local.deleted {
            live += 1;
            invalid += u64::from(!target.plan.push(&local.fields, &References::default()).errors.is_empty());
        }
    })
    .await?;
    Ok((live, invalid))
}

async fn for_each_row(
    client: &Client,
    target: &Target,
    mut look: impl FnMut(&Local, Option<&str>),
) -> anyhow::Result<()> {
    let mut after = i64::MIN;
    loop {
        let rows = sides::page(client, target.descriptor, target.integration_id, after, PAGE).await?;
        let Some((last, _)) = rows.last() else { return Ok(()) };
        after = last.id;
        for (local, geniacs_id) in &rows {
            look(local, geniacs_id.as_deref());
        }
    }
}
