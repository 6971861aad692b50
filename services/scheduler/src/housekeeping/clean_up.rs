//! The nightly clean-up: what is older than its retention goes, in small batches.

use std::time::Instant;

use audit_chain::AuditChain;
use domain::EntityType;
use service::settings::RetentionSettings;
use storage::entities::descriptor;
use storage::upkeep::retention::{self, Batch, Kind, OldSyncs, PARTS_OF_INTEGRATIONS, PARTS_OF_SYNCS};
use storage::upkeep::retention_settings::{self, Decided};
use storage::{AsyncConnection as _, PooledConnection};

use super::batches::Batches;
use crate::partitions;

/// How long each kind of rows is kept.
struct Keep {
    log_days: u32,
    webhook_events_days: u32,
    syncs_days: u32,
    monitoring_months: u32,
    audit_days: u32,
}

impl Keep {
    fn of(settings: &RetentionSettings, decided: &Decided) -> Self {
        let or = |decided: Option<i32>, setting: u32| decided.and_then(|n| u32::try_from(n).ok()).unwrap_or(setting);
        Self {
            log_days: or(decided.log_days, settings.log_days),
            webhook_events_days: or(decided.webhook_events_days, settings.webhook_events_days),
            syncs_days: or(decided.syncs_days, settings.syncs_days),
            monitoring_months: or(decided.monitoring_months, settings.monitoring_months),
            audit_days: or(decided.audit_days, settings.audit_days),
        }
    }
}

/// Days that a record waits for one that it names.
const WAITING_REFERENCES_DAYS: u32 = 30;
/// Days that a list still shows a token that has ended.
const ENDED_TOKENS_DAYS: u32 = 30;

/// Cleans up by what people decided, and by the settings where they decided nothing.
pub(super) async fn run_clean_up(batches: &Batches<'_>) -> anyhow::Result<()> {
    let decided = retention_settings::read(&mut *batches.connection().await?).await?.decided;
    let keep = Keep::of(&batches.context.settings.retention, &decided);

    by_age(batches, Kind::WaitingReferences, WAITING_REFERENCES_DAYS).await?;
    by_age(batches, Kind::Logs, keep.log_days).await?;
    by_age(batches, Kind::History, keep.log_days).await?;
    by_age(batches, Kind::WebhookEvents, keep.webhook_events_days).await?;
    by_age(batches, Kind::DeadLetters, keep.webhook_events_days).await?;

    // Where its events are gone, nothing tells of such an id any more.
    let former_ids = |mut c: PooledConnection, _| async move {
        retention::delete_former_ids(&mut c, keep.webhook_events_days).await
    };
    until_done(batches, "former_ids", former_ids).await?;

    if keep.audit_days > 0 {
        audit_log(batches, keep.audit_days).await?;
    }

    delete_syncs(batches, keep.syncs_days).await?;
    let ticks = |mut c: PooledConnection, _| async move { retention::delete_ticks(&mut c, keep.syncs_days).await };
    until_done(batches, "schedule_ticks", ticks).await?;

    let tokens =
        |mut c: PooledConnection, _| async move { retention::delete_ended_tokens(&mut c, ENDED_TOKENS_DAYS).await };
    until_done(batches, "api_tokens", tokens).await?;

    delete_tombstones(batches).await?;
    for id in retention::archived(&mut *batches.connection().await?, keep.syncs_days).await? {
        purge_integration(batches, id).await?;
    }

    partitions::drop_expired(batches.context, keep.monitoring_months).await?;

    let months = keep.monitoring_months;
    let samples = |mut c: PooledConnection, _| async move { retention::delete_stray_samples(&mut c, months).await };

    until_done(batches, "monitoring_data", samples).await
}

/// Deletes batch after batch of a table until no more can be found. Each is told where the one before ended.
async fn until_done<F: Future<Output = storage::Result<Batch>>>(
    batches: &Batches<'_>,
    table: &'static str,
    delete: impl Fn(PooledConnection, i64) -> F,
) -> anyhow::Result<()> {
    let mut after = 0;
    loop {
        let began = Instant::now();
        let batch = delete(batches.connection().await?, after).await?;
        after = batch.last.unwrap_or(after);

        if !batches.after(table, batch, began).await? {
            return Ok(());
        }
    }
}

async fn by_age(batches: &Batches<'_>, kind: Kind, days: u32) -> anyhow::Result<()> {
    let delete = |mut c: PooledConnection, after| async move { retention::delete(&mut c, kind, after, days).await };
    until_done(batches, kind.table(), delete).await
}

/// Deletes old audit entries. The rest must still verify, so the new beginning is signed.
async fn audit_log(batches: &Batches<'_>, days: u32) -> anyhow::Result<()> {
    let log = AuditChain::new(batches.context.settings.encryption.keys()?);
    loop {
        let (began, log) = (Instant::now(), log.clone());
        let mut connection = batches.connection().await?;
        let pruned = connection.transaction(async move |c| log.prune(c, days).await).await?;
        drop(connection);

        let batch = Batch { deleted: i64::try_from(pruned.deleted)?, last: None, more: pruned.more };
        if !batches.after("audit_log", batch, began).await? {
            return Ok(());
        }
    }
}

async fn delete_syncs(batches: &Batches<'_>, days: u32) -> anyhow::Result<()> {
    let mut after = Some(0);
    while let Some(from) = after {
        let OldSyncs { ids, next } = retention::old_syncs(&mut *batches.connection().await?, from, days).await?;
        delete_parts(batches, &ids).await?;
        after = next;
    }
    Ok(())
}

/// Syncs with all that hangs on them, the outermost first.
async fn delete_parts(batches: &Batches<'_>, syncs: &[i64]) -> anyhow::Result<()> {
    batches.renew().await?;
    if syncs.is_empty() {
        return Ok(());
    }

    for part in PARTS_OF_SYNCS {
        let delete = |mut c: PooledConnection, _| async move { retention::delete_part(&mut c, part, syncs).await };
        until_done(batches, part.0, delete).await?;
    }
    Ok(())
}

async fn delete_tombstones(batches: &Batches<'_>) -> anyhow::Result<()> {
    for descriptor in EntityType::IN_ORDER.map(descriptor) {
        let delete = |mut c: PooledConnection, after| async move {
            retention::delete_tombstones(&mut c, descriptor, after).await
        };
        until_done(batches, "record_tombstones", delete).await?;
    }
    Ok(())
}

/// An integration that was archived long ago, with everything of it.
async fn purge_integration(batches: &Batches<'_>, id: i64) -> anyhow::Result<()> {
    tracing::info!(integration_id = id, "an archived integration is purged");
    loop {
        let syncs = retention::syncs_of(&mut *batches.connection().await?, id).await?;
        if syncs.is_empty() {
            break;
        }
        delete_parts(batches, &syncs).await?;
    }

    // A batch of syncs is deleted with its parts, so the tables of the integration itself come after them.
    for table in PARTS_OF_INTEGRATIONS {
        let delete = |mut c: PooledConnection, page| async move { retention::purge(&mut c, table, id, page).await };
        until_done(batches, table, delete).await?;
    }

    retention::delete_integration(&mut *batches.connection().await?, id).await?;
    Ok(())
}
