//! What a record of Geniacs teaches about its fields: how new they are, and what both sides agree on.

use crate::base::Base;
use crate::fresh::{Fresh, is_echo, is_form_of_push, is_replaced, may_be_overwritten, note};
use crate::merge::Merged;
use crate::update::{Compared, Update, told};
use crate::{Incoming, Learned, Versions};
use mapping::{Completeness, Difference};
use serde_json::Value;
use std::cell::LazyCell;

impl Update<'_> {
    /// Notes how new the fields are. Once a push has sent the whole record, what a listing or an echo of the push says is
    /// no news of a field that it did not change: a change there which the push has overwritten may still be told, and that
    /// is older.
    pub(crate) fn note(
        &self,
        versions: &mut Versions,
        compared: &Compared,
        base: &LazyCell<Base, impl FnOnce() -> Base>,
    ) {
        let Self { rules, record, here } = *self;
        let fields = &compared.fresh.fields;
        let was_pushed = here.versions.know_of_push() || here.sending.is_some();
        if !was_pushed {
            return note(versions, record, fields.keys());
        }

        versions.set_lived(record.version);
        let is_of_push = record.asked_at.is_some() || here.versions.may_tell_of_push(record.version);
        if is_of_push && self.is_known(compared) {
            return;
        }

        let is_kept = |name: &str, said: &Value| {
            base.kept.there(name).is_some_and(|there| rules.mapping.says_same(name, there, said))
        };
        let is_echo = |name: &String, said: &Value| {
            (is_of_push && is_kept(name, said))
                || is_echo(rules, record, here, base, (name, said))
                || is_form_of_push(record, here, base, (name, said))
                || is_replaced(rules, record, here, (name, said))
        };

        let news = fields.iter().filter(|(name, said)| !is_echo(name, said));
        news.for_each(|(name, _)| versions.set_field(name, record.version));
    }

    /// What is known of the fields then; none: as before. Some fields do not speak for a record of which nothing is known:
    /// the next push is to send all of it.
    pub(crate) fn learned(&self, compared: &Compared, merged: &Merged, base: &Base) -> Option<Learned> {
        if base.kept.is_unknown() && self.record.completeness == Completeness::Partial {
            return None;
        }

        if may_be_overwritten(self.record, self.here) {
            // Geniacs holds what it was sent since.
            let taken = |difference: &&Difference| merged.taken.contains_key(&difference.local_field);
            let differences = compared.patch.differences.iter().filter(taken);
            let owed = differences.map(|difference| difference.geniacs_field.clone()).collect();
            let formed = merged.formed.clone();
            return Some(Learned { kept: base.kept.clone(), owed, formed, ..Learned::default() });
        }

        let Fresh { fields, implied } = &compared.fresh;
        let implied = Incoming { implied: implied.clone(), ..self.record.clone() };
        let mut disputed: Vec<_> = merged.there.iter().chain(&merged.noted).cloned().collect();
        let mut accepted = Vec::new();
        for (name, said) in told(self.rules, &implied, fields) {
            let is_formed = merged.formed.iter().any(|(formed, _)| *formed == name);
            if is_formed || merged.waiting.contains(&name) || disputed.iter().any(|(other, _)| *other == name) {
                continue;
            }
            match self.place(compared, merged, base, &name, said.as_ref()) {
                Place::Accepted => accepted.push((name, said)),
                Place::Disputed => disputed.push((name, said)),
                Place::Known => {}
            }
        }

        let formed = merged.formed.clone();
        Some(Learned { kept: base.kept.clone(), accepted, disputed, formed, ..Learned::default() })
    }

    /// What a word of Geniacs means that the merge has nothing against. Where the row neither says it nor gets it, since its
    /// column cannot hold it, a change of the local side's is still one.
    fn place(&self, compared: &Compared, merged: &Merged, base: &Base, name: &str, said: Option<&Value>) -> Place {
        let Some(said) = said else { return Place::Accepted };
        let mapping = self.rules.mapping;
        let difference = compared.patch.differences.iter().find(|difference| difference.geniacs_field == name);
        let is_taken = difference.is_some_and(|difference| merged.taken.contains_key(&difference.local_field));
        let here = base.local.fields.get(name);
        if is_taken || here.is_some_and(|here| mapping.says_same(name, here, said)) {
            return Place::Accepted;
        }

        match base.kept.there(name) {
            Some(there) if mapping.says_same(name, there, said) => Place::Known,
            Some(_) if base.kept.is_changed(name, &base.local) => Place::Disputed,
            _ => Place::Accepted,
        }
    }
}

/// What becomes of a word of Geniacs in what is kept.
enum Place {
    /// The row says it, or as much of it as its column can hold.
    Accepted,
    /// The local side has changed the field.
    Disputed,
    /// It is kept already.
    Known,
}
