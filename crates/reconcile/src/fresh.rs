//! What of a record is at least as new as what the link knows.

use crate::base::Base;
use crate::coarser::is_coarser;
use crate::version::{WHOLE, is_column};
use crate::{Here, Incoming, Rules, Versions, status};
use mapping::Completeness;
use serde_json::{Map, Value};

pub(crate) struct Fresh {
    /// Geniacs fields, without those that something implied takes the place of.
    pub(crate) fields: Map<String, Value>,
    /// Local columns.
    pub(crate) implied: Map<String, Value>,
}

impl Fresh {
    pub(crate) fn of(rules: &Rules<'_>, record: &Incoming, here: &Here) -> Self {
        let current = is_current(record, here);
        let admits = |name: &str| current || may_replace(record, here, name);
        // Where listings tell the status, they speak for what an event sets beside it, too.
        let is_listed = !is_column(&rules.version_key(status::COLUMN));
        let is_told = |key: &str| !is_column(key) || !is_listed || admits(WHOLE);

        let implied: Map<String, Value> = record
            .implied
            .iter()
            .map(|(column, value)| (column.clone(), value.clone()))
            .filter(|(column, _)| is_told(&rules.version_key(column)) && admits(&rules.version_key(column)))
            .collect();

        let instead: Vec<String> = record.implied.keys().map(|column| rules.version_key(column)).collect();
        let fields = record
            .fields
            .iter()
            .filter(|(name, _)| admits(name) && !instead.contains(name))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();

        Self { fields, implied }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.fields.is_empty() && self.implied.is_empty()
    }

    pub(crate) fn forget(&mut self, rules: &Rules<'_>, column: &str) {
        self.implied.remove(column);
        self.fields.remove(&rules.version_key(column));
    }
}

/// What a record says of mapped fields although something newer is known of them, where the row says something else.
pub fn too_late(rules: &Rules<'_>, record: &Incoming, here: &Here) -> Map<String, Value> {
    if is_current(record, here) {
        return Map::new();
    }

    let is_mapped = |name: &String| rules.mapping.geniacs_fields().any(|field| field == name);
    let late: Map<String, Value> = record
        .fields
        .iter()
        .filter(|(name, _)| !may_replace(record, here, name) && is_mapped(name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    if late.is_empty() {
        return late;
    }

    let patch = rules.mapping.patch(&here.local, &late, Completeness::Partial, rules.references);
    let differs = |name: &String| patch.differences.iter().any(|difference| difference.geniacs_field == *name);
    late.into_iter().filter(|(name, _)| differs(name)).collect()
}

/// Whether this is what Geniacs holds, asked for after all that the link knows. Then no version speaks against it: versions
/// are compared over two clocks, and two sides that differ are not to stay so.
pub(crate) fn is_current(record: &Incoming, here: &Here) -> bool {
    record.asked_at.is_some_and(|asked_at| asked_at >= here.synced_at)
}

/// Whether a value may replace what is known of the field. An event of the very moment that a listing told, as far as the times
/// tell, does so if it arrived after the link last learned something: a listing that was asked for later than the event
/// arrived shows how that moment ended. A creation is older than all else that is told of its moment.
pub(crate) fn may_replace(record: &Incoming, here: &Here, name: &str) -> bool {
    let known = here.versions.field(name);
    let is_listed = matches!(known.arrival, 0 | i64::MAX);
    let is_same_moment = known.moment().compare(record.version.moment()).is_eq();

    match record.arrived_at {
        Some(arrived_at) if is_listed && is_same_moment && !record.version.is_creation() => {
            arrived_at >= here.synced_at
        }
        _ => here.versions.admits(name, record.version),
    }
}

/// Whether Geniacs may have been sent the whole record since it said this, by a push that was confirmed or by one that has no
/// answer, so that it holds what was sent.
pub(crate) fn may_be_overwritten(record: &Incoming, here: &Here) -> bool {
    let was_sent = here.sending.is_some() || here.versions.may_be_overwritten(record.version);
    was_sent && !is_current(record, here)
}

/// Whether a word of Geniacs is our own, which a push is just sending: its echo came before its answer, and teaches nothing.
pub(crate) fn is_echo(
    rules: &Rules<'_>,
    record: &Incoming,
    here: &Here,
    base: &Base,
    (name, said): (&str, &Value),
) -> bool {
    base.is_being_sent(rules, name, said) && !is_current(record, here)
}

/// Whether a word of Geniacs is what it has made of our last push, of which it keeps less than it was sent: a rounded number, a
/// text cut off. Nobody has edited that there.
pub(crate) fn is_form_of_push(record: &Incoming, here: &Here, base: &Base, (name, said): (&str, &Value)) -> bool {
    here.versions.may_tell_of_push_of(name, record.version)
        && base.kept.there(name).is_some_and(|sent| is_coarser(sent, said))
}

/// Whether old news say of a field what a push of ours has replaced since, as far as the times tell. Geniacs said so before
/// that push, whoever has edited another field of the record then. What was edited back there since, a listing shows.
pub(crate) fn is_replaced(rules: &Rules<'_>, record: &Incoming, here: &Here, (name, said): (&str, &Value)) -> bool {
    let says_same = |replaced: &Value| rules.mapping.says_same(name, replaced, said);
    !is_current(record, here)
        && here.versions.replaced(name, record.version).iter().any(says_same)
        // A push that gave back an edit there has replaced what an earlier push had put there, unless people there had done so.
        && (here.versions.is_given_by_push(name) || may_be_of_push(record, here, name))
}

/// Whether a push may have put at Geniacs what an event says of a field, since the word that is known of the field.
pub(crate) fn may_be_of_push(record: &Incoming, here: &Here, name: &str) -> bool {
    let Here { versions, .. } = here;
    if record.only_changes {
        return versions.may_tell_of_any_push(record.version);
    }
    versions.may_be_pushed_between(versions.field(name), record.version)
}

/// Whether Geniacs says something else of a field than what is kept, being sent, replaced by a push, or what it has made of
/// our last push.
pub(crate) fn is_news(
    rules: &Rules<'_>,
    record: &Incoming,
    here: &Here,
    base: &Base,
    (name, said): (&str, &Value),
) -> bool {
    base.is_news(rules, name, said)
        && !is_form_of_push(record, here, base, (name, said))
        && !is_replaced(rules, record, here, (name, said))
}

/// Notes the version of what was taken from a record.
pub(crate) fn note<'a>(versions: &mut Versions, record: &Incoming, fields: impl Iterator<Item = &'a String>) {
    match record.completeness {
        // A listing shows the whole record as it was at that moment.
        Completeness::Whole if record.version.arrival == i64::MAX => versions.set_record(record.version),
        _ => fields.for_each(|name| versions.set_field(name, record.version)),
    }
}
