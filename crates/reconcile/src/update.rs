//! What an incoming record changes in one that is already here.

use crate::base::Base;
use crate::decide::wrong;
use crate::delete::deleted_here;
use crate::fresh::{Fresh, is_current, is_news, may_replace};
use crate::merge::{Merge, Merged};
use crate::status::{self, Held};
use crate::{Change, Conflict, Decision, Effect, Here, Incoming, Kept, Learned, NeverNull, Notice, Rules, Unresolved};
use domain::integration::ConflictPolicy;
use domain::status::Verdict;
use mapping::{Completeness, Patch, same_json};
use serde_json::{Map, Value};
use std::cell::LazyCell;

pub(crate) fn update(rules: &Rules<'_>, record: &Incoming, here: &Here, notices: &mut Vec<Notice>) -> Decision {
    if here.deleted_by_then(record.version) && !is_current(record, here) {
        return Decision::Superseded;
    }
    if !rules.update_existing {
        return pass_over(rules, record, here);
    }

    let has_ruling = here.conflict.as_ref().is_some_and(|conflict| conflict.ruling.is_some());
    if has_ruling && record.completeness == Completeness::Partial {
        // What was decided is carried out with the whole record at hand.
        return Decision::Hold(None);
    }

    // Only this side has deleted the record, so news of Geniacs may be in conflict with the deletion.
    if here.deleted && here.deleted_version.is_none() {
        return deleted_here(rules, record, here, notices);
    }

    merge(rules, record, here, notices)
}

/// Merges a record into the row that it belongs to, which is brought back where it is deleted.
pub(crate) fn merge(rules: &Rules<'_>, record: &Incoming, here: &Here, notices: &mut Vec<Notice>) -> Decision {
    let update = Update { rules, record, here };
    update.decide(notices).unwrap_or_else(|decision| decision)
}

/// A record that the options leave out.
fn pass_over(rules: &Rules<'_>, record: &Incoming, here: &Here) -> Decision {
    let base = Base::of(rules, here);
    let fresh = Fresh::of(rules, record, here);
    let has_news = fresh.fields.iter().any(|(name, said)| is_news(rules, record, here, &base, (name, said)));
    if has_news { Decision::PassedOver } else { Decision::Skipped }
}

/// What a record says of mapped fields, those included whose columns an event sets by its kind.
pub(crate) fn told(rules: &Rules<'_>, record: &Incoming, fields: &Map<String, Value>) -> Vec<(String, Option<Value>)> {
    let implied: Vec<String> = record.implied.keys().map(|column| rules.version_key(column)).collect();
    let said = fields.iter().filter(|(name, _)| !implied.contains(name));
    let said = said.map(|(name, value)| (name.clone(), Some(value.clone())));
    let all = said.chain(implied.iter().map(|name| (name.clone(), None)));
    all.filter(|(name, _)| rules.mapping.geniacs_fields().any(|field| field == name)).collect()
}

/// Statuses that say that something happened once, whatever came after it.
const HAPPENED: [&str; 2] = ["success", "active"];

/// A record on its way into the row that it belongs to.
pub(crate) struct Update<'a> {
    pub(crate) rules: &'a Rules<'a>,
    pub(crate) record: &'a Incoming,
    pub(crate) here: &'a Here,
}

/// What the record says, beside what the row holds.
pub(crate) struct Compared {
    pub(crate) fresh: Fresh,
    pub(crate) patch: Patch,
}

impl Update<'_> {
    #[expect(clippy::result_large_err, reason = "both are decisions, and one is made for each record")]
    fn decide(&self, notices: &mut Vec<Notice>) -> Result<Decision, Decision> {
        let Self { rules, record, here } = *self;
        let mut compared = self.compare()?;

        let base = LazyCell::new(|| Base::of(rules, here));
        let mut merged = Merged::default();
        if !compared.patch.differences.is_empty() {
            let merge = Merge { rules, record, here, base: &base };
            merged = merge.all(&compared.fresh, &compared.patch.differences);
        }

        self.carry_out(&mut merged, &compared, &base)?;
        if let Some(hold) = self.hold(&merged) {
            return Ok(hold);
        }

        self.imply(&mut merged, &compared.fresh);
        if let Some(invalid) = status::unknown(rules.entity, &merged.taken) {
            return Err(Decision::Invalid(invalid));
        }

        let problems = compared.patch.warnings.iter().cloned();
        notices.extend(problems.map(|problem| Notice::Field { local_id: Some(here.id), problem }));

        let by_rule = self.keep_to_rules(&mut merged, &mut compared, notices);
        Ok(self.conclude(&compared, merged, by_rule, &base))
    }

    fn restore(&self) -> bool {
        self.here.deleted
    }

    #[expect(clippy::result_large_err, reason = "both are decisions, and one is made for each record")]
    fn compare(&self) -> Result<Compared, Decision> {
        let Self { rules, record, here } = *self;
        let fresh = Fresh::of(rules, record, here);
        let all_fresh = fresh.fields.len() == record.fields.len();
        let completeness = if all_fresh { record.completeness } else { Completeness::Partial };

        let mut patch = rules.mapping.patch(&here.local, &fresh.fields, completeness, rules.references);
        if !patch.errors.is_empty() {
            return Err(wrong(patch.errors));
        }

        self.fill_what_cannot_be_empty(&mut patch);
        Ok(Compared { fresh, patch })
    }

    /// A column that cannot be empty gets what it holds instead where Geniacs has no value, or keeps what it has.
    fn fill_what_cannot_be_empty(&self, patch: &mut Patch) {
        let all = patch.differences.len();
        patch.differences.retain_mut(|difference| {
            let of_column = |never_null: &&NeverNull| never_null.column == difference.local_field;
            let Some(never_null) = self.rules.never_null.iter().find(of_column) else { return true };
            match &never_null.empty {
                _ if !difference.column.is_null() => true,
                Some(empty) if self.here.local.get(never_null.column).is_none_or(|held| !same_json(held, empty)) => {
                    difference.column = empty.clone();
                    true
                }
                _ => false,
            }
        });

        patch.unsayable |= patch.differences.len() < all;
    }

    /// Sets the values that a person chose.
    #[expect(clippy::result_large_err, reason = "both are decisions, and one is made for each record")]
    fn carry_out(
        &self,
        merged: &mut Merged,
        compared: &Compared,
        base: &LazyCell<Base, impl FnOnce() -> Base>,
    ) -> Result<(), Decision> {
        let Some(Unresolved { fields, ruling: Some(ruling) }) = &self.here.conflict else { return Ok(()) };

        for (name, value) in ruling.values() {
            let Some(field) = fields.iter().find(|field| field.field == *name) else { continue };
            let said = Map::from_iter([(field.geniacs_field.clone(), value.clone())]);
            let mut pulled = self.rules.mapping.pull_partial(&said, self.rules.references);
            pulled.errors.append(&mut pulled.warnings);
            let Some(column) = pulled.fields.remove(name) else { return Err(wrong(pulled.errors)) };

            let said = compared.fresh.fields.get(&field.geniacs_field);
            let there = said.or_else(|| base.kept.there(&field.geniacs_field)).cloned();
            merged.set(name, column, (field.geniacs_field.clone(), there));
        }
        Ok(())
    }

    /// Whether a person has to decide first.
    fn hold(&self, merged: &Merged) -> Option<Decision> {
        let shown = match &self.here.conflict {
            None if merged.is_open() => {
                let conflict = Conflict { fields: merged.conflicts.clone(), policy: ConflictPolicy::Manual };
                return Some(Decision::Hold(Some(conflict)));
            }
            Some(Unresolved { fields, ruling: None }) => fields,
            _ => return None,
        };

        let mut fields = merged.conflicts.clone();
        if self.record.completeness == Completeness::Partial {
            let untouched = shown.iter().filter(|old| fields.iter().all(|new| new.field != old.field));
            fields = untouched.cloned().chain(merged.conflicts.clone()).collect();
        } else if fields.is_empty() {
            // Both sides say the same now, or only one of them has changed.
            return None;
        }

        let refreshed = (fields != *shown).then_some(Conflict { fields, policy: ConflictPolicy::Manual });
        Some(Decision::Hold(refreshed))
    }

    fn imply(&self, merged: &mut Merged, fresh: &Fresh) {
        let differing = fresh.implied.iter().filter(|(column, value)| differs(self.here.local.get(*column), value));
        merged.taken.extend(differing.map(|(column, value)| (column.clone(), value.clone())));
    }

    /// Lets the rules decide about the status: takes it out, or a late one in. True where a rule spoke against the
    /// newest word, so that the row differs from what Geniacs says.
    fn keep_to_rules(&self, merged: &mut Merged, compared: &mut Compared, notices: &mut Vec<Notice>) -> bool {
        let Self { rules, record, here } = *self;
        let Compared { fresh, patch: Patch { differences, .. }, .. } = compared;
        if self.restore() {
            return false;
        }

        let key = rules.version_key(status::COLUMN);
        let version = here.versions.field(&key);
        let newer = may_replace(record, here, &key);
        let held = Held { local: &here.local, version, newer };

        let told = merged.taken.get(status::COLUMN).and_then(Value::as_str).map(str::to_owned);
        let Some(told) = told.or_else(|| self.late_status(newer, &key)) else { return false };

        match status::judge(rules, &held, record, &told, &merged.taken) {
            Some(Verdict::Refused(rule)) => {
                merged.taken.remove(status::COLUMN);
                let said = differences.iter().find(|d| d.local_field == status::COLUMN).map(|d| d.there.clone());
                merged.there.retain(|(name, _)| *name != key);
                merged.there.push((key, said));
                fresh.forget(rules, status::COLUMN);
                let stands = here.local.get(status::COLUMN).and_then(Value::as_str).unwrap_or_default().to_owned();
                notices.push(Notice::Status { local_id: here.id, stands, rule });
                true
            }
            Some(Verdict::TakenLate(rule)) => {
                notices.push(Notice::Status { local_id: here.id, stands: told.clone(), rule });
                merged.taken.insert(status::COLUMN.to_owned(), Value::String(told.clone()));
                merged.waiting.push(key);
                fresh.implied.insert(status::COLUMN.to_owned(), Value::String(told));
                self.imply_late(&mut merged.taken, &mut merged.waiting, fresh);
                true
            }
            Some(Verdict::Superseded) if HAPPENED.contains(&told.as_str()) => {
                self.fill_in(&mut merged.taken, fresh);
                false
            }
            Some(Verdict::Taken | Verdict::Superseded) | None => false,
        }
    }

    /// What an event sets beside a status that was passed through before it came, such as the moment of a payment that was
    /// refunded since. Only what the row does not have, and of which Geniacs has not said anything itself.
    fn fill_in(&self, taken: &mut Map<String, Value>, fresh: &mut Fresh) {
        let Self { rules, record, here } = *self;
        let is_missing = |column: &String| here.local.get(column).is_none_or(Value::is_null);
        let is_told = |column: &String| {
            let key = rules.version_key(column);
            here.agreed.as_ref().is_some_and(|agreed| Kept::names_all(agreed, std::iter::once(key.as_str())))
        };

        for (column, value) in &record.implied {
            if column != status::COLUMN && is_missing(column) && !is_told(column) {
                taken.insert(column.clone(), value.clone());
                fresh.implied.insert(column.clone(), value.clone());
            }
        }
    }

    /// What an event sets beside a status that is taken late, such as the moment of a payment: without it, the row would
    /// never have it. A value that the row has already is newer.
    fn imply_late(&self, taken: &mut Map<String, Value>, waiting: &mut Vec<String>, fresh: &mut Fresh) {
        let Self { rules, record, here } = *self;
        let missing = |column: &String| here.local.get(column).is_none_or(Value::is_null);

        for (column, value) in record.implied.iter().filter(|(column, _)| missing(column)) {
            if fresh.implied.contains_key(column) {
                continue;
            }
            taken.insert(column.clone(), value.clone());
            waiting.push(rules.version_key(column));
            fresh.implied.insert(column.clone(), value.clone());
        }
    }

    /// The status that a record tells although the row knows a newer one.
    fn late_status(&self, newer: bool, field: &str) -> Option<String> {
        if newer {
            return None;
        }
        if let Some(told) = self.record.implied.get(status::COLUMN) {
            return told.as_str().map(str::to_owned);
        }

        let only = Map::from_iter([(field.to_owned(), self.record.fields.get(field)?.clone())]);
        let told = self.rules.mapping.pull_partial(&only, self.rules.references).fields.remove(status::COLUMN)?;
        told.as_str().map(str::to_owned)
    }

    fn conclude(
        &self,
        compared: &Compared,
        merged: Merged,
        by_rule: bool,
        base: &LazyCell<Base, impl FnOnce() -> Base>,
    ) -> Decision {
        let Self { rules, record, here } = *self;
        let says_nothing = record.fields.is_empty() && record.implied.is_empty();
        let is_ruled = here.conflict.as_ref().is_some_and(|conflict| conflict.ruling.is_some());
        if compared.fresh.is_empty() && !by_rule && !says_nothing && !is_ruled {
            return self.too_late();
        }

        let mut versions = here.versions.clone();
        self.note(&mut versions, compared, base);
        let implied = compared.fresh.implied.keys();
        implied.for_each(|column| versions.set_field(&rules.version_key(column), record.version));

        let restore = self.restore();
        // What was changed here while a conflict held the record back, pushes have passed over.
        let was_held_back = here.conflict.is_some() && base.kept.differs(rules.mapping, &base.local);
        let sends_again = rules.refused && self.sends_again(&merged, base);
        let touch = by_rule || !merged.there.is_empty() || was_held_back || sends_again;
        let writes = restore || touch || !merged.taken.is_empty();
        let nothing_else =
            !writes && here.linked && here.conflict.is_none() && !here.passed_over && versions.same_as(&here.versions);
        if nothing_else && self.is_known(compared) {
            return Decision::Unchanged;
        }

        let learned = self.learned(compared, &merged, base);
        let teaches_nothing = |learned: Learned| learned.over(rules.mapping, &base.local).0 == base.kept;
        if nothing_else && learned.clone().is_some_and(teaches_nothing) {
            return Decision::Unchanged;
        }

        let effect = effect(&merged, restore, compared.fresh.is_empty());
        let conflict = settled(rules, &merged).filter(|_| here.conflict.is_none());
        let fields = merged.taken;
        Decision::Change(Box::new(Change {
            fields,
            restore,
            touch,
            forgets: false,
            versions,
            learned,
            conflict,
            effect,
        }))
    }

    /// Whether a push that Geniacs refused is to be made again. Once is enough: where nothing new is learned from what
    /// Geniacs holds, the next one would be refused as well.
    fn sends_again(&self, merged: &Merged, base: &Base) -> bool {
        let learned = !merged.taken.is_empty() || !self.here.written_last;
        learned && base.kept.differs(self.rules.mapping, &base.local)
    }

    /// Whether everything is as the link keeps it already. This is the usual case, and no form is made for it: the row has
    /// not changed since it was in step, all that was told says the same, and the link knows each of its fields.
    pub(crate) fn is_known(&self, compared: &Compared) -> bool {
        let Patch { differences, unsayable, warnings, .. } = &compared.patch;
        let says_same = differences.is_empty() && !unsayable && warnings.is_empty();
        let told = |name: &&str| compared.fresh.fields.contains_key(*name);
        let names = || self.rules.mapping.sorted_geniacs_fields().filter(told);
        says_same && self.here.in_step && self.here.agreed.as_ref().is_some_and(|text| Kept::names_all(text, names()))
    }

    /// What a record whose every word is older than what is known comes to.
    fn too_late(&self) -> Decision {
        let Self { rules, record, here } = *self;
        let patch = rules.mapping.patch(&here.local, &record.fields, Completeness::Partial, rules.references);
        let says_same = patch.changes_nothing() && !patch.unsayable && record.implied.is_empty();
        if says_same { Decision::Unchanged } else { Decision::Superseded }
    }
}

fn effect(merged: &Merged, restore: bool, nothing_fresh: bool) -> Effect {
    if !merged.conflicts.is_empty() {
        return Effect::Conflict;
    }
    match (!merged.taken.is_empty() || restore, nothing_fresh) {
        (true, _) => Effect::Updated,
        (false, true) => Effect::Superseded,
        (false, false) => Effect::Unchanged,
    }
}

/// The conflicts of a record that is not held back, with the policy that settled them.
fn settled(rules: &Rules<'_>, merged: &Merged) -> Option<Conflict> {
    let policy = rules.policy(&merged.conflicts.first()?.geniacs_field);
    Some(Conflict { fields: merged.conflicts.clone(), policy })
}

/// Whether a column has to change so that it holds what an event implies. Moments are written in many ways.
fn differs(held: Option<&Value>, implied: &Value) -> bool {
    let moment = |value: &Value| value.as_str().and_then(|at| chrono::DateTime::parse_from_rfc3339(at).ok());
    match (held.and_then(moment), moment(implied)) {
        (Some(held), Some(implied)) => held != implied,
        _ => held != Some(implied),
    }
}
