//! Records that one side has deleted.

use crate::base::Base;
use crate::fresh::{Fresh, is_current, is_news};
use crate::{
    Change, Choice, Conflict, DELETED, Decision, Effect, FieldConflict, Here, Incoming, Kept, Learned, Notice, Rules,
    Winner, update,
};
use domain::integration::ConflictPolicy;
use serde_json::{Map, Value};

/// A record that Geniacs has deleted.
pub(crate) fn delete(rules: &Rules<'_>, record: &Incoming, here: &Here) -> Decision {
    // A delete wins a tie.
    if here.versions.hold_something_later_than(record.version) && !is_current(record, here) {
        return Decision::Superseded;
    }

    if here.deleted_by_then(record.version) {
        // Brought back here since.
        let is_back = record.not_there && !here.deleted;
        return if is_back { make_anew(here, None) } else { Decision::Unchanged };
    }

    let gone = |conflict| {
        let mut versions = here.versions.clone();
        versions.set_deletion(record.version);
        Decision::Delete { versions, deleted_here: here.deleted, conflict }
    };
    if here.deleted {
        return gone(None);
    }

    let base = Base::of(rules, here);
    if base.kept.is_nothing() && here.conflict.is_none() {
        return if record.not_there { make_anew(here, None) } else { Decision::Unchanged };
    }

    if !base.changed_here(rules) && !is_ruled(here) {
        // A deletion of which Geniacs tells nothing is for a complete listing to find, behind its guard.
        let is_told = !record.not_there || record.version.micros > 0;
        return if is_told { gone(None) } else { Decision::Skipped };
    }

    // Deleted there and changed here.
    let conflict =
        conflict(rules, here, Value::Bool(false), record.version.compare_with_local(here.changed_at).is_ge());

    match winner(&conflict) {
        None => Decision::Hold(Some(conflict)),
        Some(Winner::Geniacs) => gone(Some(conflict)),
        Some(Winner::Local) if record.not_there => make_anew(here, Some(conflict)),
        Some(Winner::Local) => {
            let mut versions = here.versions.clone();
            versions.set_record(record.version);
            Decision::Change(Box::new(Change {
                fields: Map::new(),
                restore: false,
                touch: true,
                forgets: false,
                versions,
                learned: Some(Learned { kept: Kept::nothing(), ..Learned::default() }),
                conflict: Some(conflict),
                effect: Effect::Conflict,
            }))
        }
    }
}

/// The record lives here, and Geniacs does not have it under the id that it is linked to: it is sent as a new one.
fn make_anew(here: &Here, conflict: Option<Conflict>) -> Decision {
    let effect = if conflict.is_some() { Effect::Conflict } else { Effect::Unchanged };
    Decision::Change(Box::new(Change {
        fields: Map::new(),
        restore: false,
        touch: true,
        forgets: true,
        versions: here.versions.clone(),
        learned: None,
        conflict,
        effect,
    }))
}

/// A record that is deleted here, of which Geniacs tells something.
pub(crate) fn deleted_here(rules: &Rules<'_>, record: &Incoming, here: &Here, notices: &mut Vec<Notice>) -> Decision {
    let undecided = if here.conflict.is_some() { Decision::Hold(None) } else { Decision::Skipped };
    let base = Base::of(rules, here);
    if base.kept.is_unknown() {
        return undecided;
    }

    let fresh = Fresh::of(rules, record, here);
    let has_news = fresh.fields.iter().any(|(name, said)| is_news(rules, record, here, &base, (name, said)));
    if !has_news && !is_ruled(here) {
        return if rules.refused && !here.written_last { send_again(here) } else { undecided };
    }

    // A delete wins a tie.
    let conflict = conflict(rules, here, Value::Bool(true), record.version.compare_with_local(here.changed_at).is_gt());
    match winner(&conflict) {
        None => Decision::Hold(Some(conflict)),
        Some(winner) => with_deletion(update::merge(rules, record, here, notices), conflict, winner == Winner::Geniacs),
    }
}

/// The fields of the row are merged like those of any other, whether it is brought back or not: what was changed here
/// before it was deleted is as much a change as ever, and what Geniacs says is not to be missing should it come back later.
fn with_deletion(merged: Decision, conflict: Conflict, restore: bool) -> Decision {
    let Decision::Change(mut change) = merged else { return merged };
    let mut fields = conflict.fields;
    fields.extend(change.conflict.into_iter().flat_map(|merged| merged.fields));
    change.conflict = Some(Conflict { fields, policy: conflict.policy });
    (change.restore, change.touch, change.effect) = (restore, true, Effect::Conflict);
    Decision::Change(change)
}

/// Geniacs refused the deletion although nothing speaks against it.
fn send_again(here: &Here) -> Decision {
    Decision::Change(Box::new(Change {
        fields: Map::new(),
        restore: false,
        touch: true,
        forgets: false,
        versions: here.versions.clone(),
        learned: None,
        conflict: None,
        effect: Effect::Unchanged,
    }))
}

fn is_ruled(here: &Here) -> bool {
    here.conflict.as_ref().is_some_and(|conflict| conflict.ruling.is_some())
}

/// One side deleted what the other one changed.
fn conflict(rules: &Rules<'_>, here: &Here, local: Value, geniacs_is_newer: bool) -> Conflict {
    let geniacs = Value::Bool(local == Value::Bool(false));
    let (winner, policy) = match &here.conflict {
        Some(unresolved) => match &unresolved.ruling {
            None => (None, ConflictPolicy::Manual),
            Some(ruling) => match ruling.choice(DELETED) {
                Some(Choice::Geniacs) => (Some(true), ConflictPolicy::Manual),
                Some(_) => (Some(false), ConflictPolicy::Manual),
                None => (Some(geniacs_is_newer), ConflictPolicy::Manual),
            },
        },
        None => match rules.policy {
            ConflictPolicy::Manual => (None, ConflictPolicy::Manual),
            ConflictPolicy::Local => (Some(false), ConflictPolicy::Local),
            ConflictPolicy::Geniacs => (Some(true), ConflictPolicy::Geniacs),
            ConflictPolicy::Newest => (Some(geniacs_is_newer), ConflictPolicy::Newest),
        },
    };

    let winner = winner.map(|geniacs| if geniacs { Winner::Geniacs } else { Winner::Local });
    let name = || DELETED.to_owned();
    let field =
        FieldConflict { field: name(), geniacs_field: name(), base: Value::Bool(false), local, geniacs, winner };
    Conflict { fields: vec![field], policy }
}

fn winner(conflict: &Conflict) -> Option<Winner> {
    conflict.fields.first().and_then(|field| field.winner)
}
