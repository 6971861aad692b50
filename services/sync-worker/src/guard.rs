//! Runs that would clear or change an unusual share of the records stop and ask, as for deletions: a partner that suddenly
//! shows empty fields, or a script that empties a column here, is more often a mistake than a wish.

use crate::failure::Failure;
use crate::run::Run;
use domain::run_mode::{Effect, Source};
use storage::Connection;
use storage::records::links;
use storage::runs::chunks::{self, Affected, Chunk};

/// So many records may be affected whatever the share.
const FEW: i64 = 100;

/// Whether a run is guarded: what a person has seen in a plan, or confirmed, is not.
pub(crate) fn is_on(run: &Run) -> bool {
    let is_seen = match (run.frozen.effect, &run.frozen.source) {
        (Effect::Preview | Effect::Check, _) | (Effect::Apply, Source::Planned(_)) => true,
        (Effect::Apply, Source::Everything | Source::Filtered(_) | Source::Failed(_)) => false,
    };
    !(is_seen || run.frozen.options.confirm_changes || run.descriptor.append_only)
}

/// Stops a run that would affect more than its guards let go, given all that this chunk does. To be called before it is done.
pub(crate) async fn check(
    connection: &mut Connection,
    run: &Run,
    chunk: &Chunk,
    affected: Affected,
) -> Result<(), Failure> {
    let settings = &run.frozen.settings;
    let watches_changes = settings.change_guard_percent < 100 && affected.changed > 0;
    if !is_on(run) || (affected.cleared == 0 && !watches_changes) {
        return Ok(());
    }

    let Affected { cleared, changed } = chunks::note_affected(connection, chunk, affected).await?;
    if cleared <= FEW && (changed <= FEW || !watches_changes) {
        return Ok(());
    }

    let linked = match run.linked() {
        Some(linked) => linked,
        None => run.remember_linked(links::count(connection, run.integration_id, run.entity).await?),
    };

    let exceeds =
        |count: i64, percent: u32| count > FEW && i128::from(count) * 100 > i128::from(linked) * i128::from(percent);
    if exceeds(cleared, settings.clear_guard_percent) {
        return Err(refusal("clear_guard", "lose a value in", cleared, linked, settings.clear_guard_percent));
    }
    if watches_changes && exceeds(changed, settings.change_guard_percent) {
        return Err(refusal("change_guard", "change in", changed, linked, settings.change_guard_percent));
    }
    Ok(())
}

fn refusal(guard: &'static str, what: &str, count: i64, linked: i64, percent: u32) -> Failure {
    Failure::fatal(
        guard,
        format!(
            "stopped: at least {count} of {linked} linked records would {what} this run, more than the {percent} % of \
             {guard}_percent; look whether that is right, and trigger again with confirm_changes"
        ),
    )
}
