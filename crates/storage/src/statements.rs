//! The statements of `.sql` files with places to be filled, as their functions fill them: for a test that prepares each.

use crate::entities::descriptor;
use crate::records::{conflicts, history, incoming, links, rekeyed, settlements};
use crate::runs::syncs::{errors, resume};
use crate::starts::{real_time, ticks};
use crate::{console, notifications, partners, runs, upkeep, webhooks};
use domain::EntityType;

/// The files, from `src` on, and their statements; several of a file that is filled in several ways.
pub fn filled() -> Vec<(&'static str, String)> {
    let mut filled = vec![
        ("console/freshness.in_step.sql", console::freshness::in_step_sql()),
        ("console/stats.durations.sql", console::stats::durations_sql()),
        ("console/stats.ended_by_time_zone.sql", console::stats::groups_sql(true)),
        ("console/stats.groups.sql", console::stats::groups_sql(false)),
        ("notifications/deliveries.claim.sql", notifications::deliveries::claim_sql()),
        ("notifications/evaluate.look.sql", notifications::evaluate::look_sql()),
        ("partners/fields_seen.note.sql", partners::fields_seen::note_sql()),
        ("partners/limits/breaker.failed.sql", partners::limits::breaker::failed_sql()),
        ("records/conflicts.add.sql", conflicts::add_sql()),
        ("records/settlements.settle.sql", settlements::settlement_sql()),
        ("runs/claim.by_turns.sql", runs::claim::claim_sql(runs::claim::BY_TURNS)),
        ("runs/claim.claim.sql", runs::claim::claim_sql(runs::claim::OLDEST)),
        ("runs/syncs/errors.error_groups.sql", errors::error_groups_sql()),
        ("runs/syncs/resume.interrupted.sql", resume::interrupted_sql()),
        ("starts/real_time.candidates.sql", real_time::candidates_sql()),
        ("starts/ticks.lock_due.sql", ticks::lock_due_sql()),
        ("webhooks/store.note_repeats.sql", webhooks::store::note_repeats_sql()),
    ];

    filled.extend(EntityType::IN_ORDER.into_iter().flat_map(of_entity));
    filled
}

fn of_entity(entity: EntityType) -> Vec<(&'static str, String)> {
    let descriptor = descriptor(entity);
    let json = descriptor.json_of(descriptor.columns.iter().map(|column| column.name));
    let mut filled = vec![
        ("records/history.timeline.sql", history::timeline_sql(entity, "true", "$1", "DESC", 10)),
        ("upkeep/retention.delete_tombstones.sql", upkeep::retention::delete_tombstones_sql(descriptor)),
    ];

    // Without a natural key nothing links its records, and these are not run.
    if let Some(key) = descriptor.natural_key {
        filled.extend([
            ("records/incoming.lock.sql", incoming::lock_sql(descriptor, &json)),
            ("records/incoming.match_incoming.sql", incoming::match_incoming_sql(descriptor, key)),
            ("records/links/apply.sql", links::apply_sql(entity)),
            ("records/links/pushed.exchanging.sql", links::pushed::exchanging_sql(descriptor, key)),
            ("records/links/pushed.note_sending.sql", links::pushed::note_sending_sql(entity)),
            ("records/rekeyed.claims.sql", rekeyed::claims_sql(descriptor, key)),
        ]);
    }
    filled
}
