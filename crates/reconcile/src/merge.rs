//! The merge of the fields in which the two sides differ.

use crate::base::Base;
use crate::fresh::{Fresh, is_echo, is_form_of_push, is_replaced, may_be_of_push};
use crate::status::{self, Held};
use crate::{Choice, FieldConflict, Here, Incoming, Merging, Rules, Version, Winner};
use domain::integration::ConflictPolicy;
use domain::status::Verdict;
use mapping::Difference;
use serde_json::{Map, Value};

/// What became of the fields.
#[derive(Default)]
pub(crate) struct Merged {
    /// Columns that get Geniacs' value, or one that a person chose.
    pub(crate) taken: Map<String, Value>,
    /// Geniacs fields about which nothing new is known: they say what they said before, whatever the local side holds.
    pub(crate) waiting: Vec<String>,
    /// Geniacs fields that only the local side changed, with a word of Geniacs that is no news but that nobody had noted.
    pub(crate) noted: Vec<(String, Option<Value>)>,
    /// Geniacs fields of which Geniacs keeps less than our last push has sent: what it keeps.
    pub(crate) formed: Vec<(String, Value)>,
    /// Geniacs fields where the local side holds against another word of Geniacs: that word.
    pub(crate) there: Vec<(String, Option<Value>)>,
    pub(crate) conflicts: Vec<FieldConflict>,
}

impl Merged {
    /// The columns of fields that a person decided about by a value, and what Geniacs says of them.
    pub(crate) fn set(&mut self, field: &str, column: Value, there: (String, Option<Value>)) {
        self.taken.insert(field.to_owned(), column);
        self.there.retain(|(name, _)| *name != there.0);
        self.there.push(there);
    }

    fn take(&mut self, difference: &Difference) {
        self.taken.insert(difference.local_field.clone(), difference.column.clone());
    }

    /// Whether a person has to decide about any field.
    pub(crate) fn is_open(&self) -> bool {
        self.conflicts.iter().any(|conflict| conflict.winner.is_none())
    }
}

/// What one field comes to.
enum Way {
    /// Geniacs changed it.
    Take,
    /// Only the local side changed it, or nobody.
    Wait,
    /// Only the local side changed it; what Geniacs says is to be noted.
    Note,
    /// Nobody changed it there: Geniacs keeps less of it than it was sent.
    Form,
    /// Both changed it.
    Both,
}

/// The two sides of a record and what they go by.
pub(crate) struct Merge<'a> {
    pub(crate) rules: &'a Rules<'a>,
    pub(crate) record: &'a Incoming,
    pub(crate) here: &'a Here,
    pub(crate) base: &'a Base,
}

impl Merge<'_> {
    /// Merges the fields that differ.
    pub(crate) fn all(&self, fresh: &Fresh, differences: &[Difference]) -> Merged {
        let mut merged = Merged::default();
        for difference in differences {
            let way = self.way(fresh, difference);
            match way {
                Way::Take => merged.take(difference),
                Way::Wait => merged.waiting.push(difference.geniacs_field.clone()),
                Way::Note => merged.noted.push(said(fresh, difference)),
                Way::Form => {
                    let (name, said) = said(fresh, difference);
                    merged.formed.extend(said.map(|said| (name, said)));
                }
                Way::Both => self.both(&mut merged, fresh, difference),
            }
        }
        merged
    }

    fn both(&self, merged: &mut Merged, fresh: &Fresh, difference: &Difference) {
        let winner = self.winner(difference);
        match winner {
            Some(Winner::Geniacs) => merged.take(difference),
            Some(Winner::Local) => merged.there.push(said(fresh, difference)),
            None => {}
        }

        merged.conflicts.push(FieldConflict {
            field: difference.local_field.clone(),
            geniacs_field: difference.geniacs_field.clone(),
            base: self.base.kept.there(&difference.geniacs_field).cloned().unwrap_or_default(),
            local: difference.here.clone(),
            geniacs: difference.there.clone(),
            winner,
        });
    }

    /// Which side has changed the field.
    fn way(&self, fresh: &Fresh, difference: &Difference) -> Way {
        // A ruling says who wins, whichever side has changed the field.
        if self.here.conflict.as_ref().is_some_and(|conflict| conflict.ruling.is_some()) {
            return Way::Both;
        }

        let Base { local, kept, .. } = self.base;
        let name = difference.geniacs_field.as_str();
        let said = fresh.fields.get(name).unwrap_or(&difference.there);

        // An echo tells nothing new, and what the last push has replaced may still be told without being an edit.
        if is_echo(self.rules, self.record, self.here, self.base, (name, said))
            || is_replaced(self.rules, self.record, self.here, (name, said))
        {
            return Way::Wait;
        }
        // The echo of a push may come before its answer.
        if self.base.is_being_sent(self.rules, name, said) {
            return Way::Note;
        }
        // Geniacs may keep less than it is sent, which is no edit there.
        if is_form_of_push(self.record, self.here, self.base, (name, said)) {
            return Way::Form;
        }

        let Some(there) = kept.there(name) else { return self.unknown(difference) };
        match (!self.rules.mapping.says_same(name, there, said), kept.is_changed(name, local)) {
            (false, false) if self.is_taken_back(name) => Way::Take,
            (false, _) => Way::Wait,
            (true, false) => Way::Take,
            (true, true) => Way::Both,
        }
    }

    /// Whether an event takes back, by saying what is kept, what Geniacs is owed. An echo of a push, a listing, and an event
    /// that shows the whole record after a push say the same without meaning it: the push has put it there.
    fn is_taken_back(&self, name: &str) -> bool {
        let Self { record, here, .. } = *self;
        self.base.kept.is_owed(name) && record.asked_at.is_none() && !may_be_of_push(record, here, name)
    }

    /// What a difference means in a field about which nothing is kept.
    fn unknown(&self, difference: &Difference) -> Way {
        // Geniacs had deleted the record, and all of what is here was to go there: so it has come back with other words.
        if self.base.kept.is_nothing() {
            return Way::Both;
        }

        // Links of older versions keep no nulls. Where they keep the other fields, an empty side has nothing to lose.
        if !self.base.kept.is_unknown() {
            if difference.there.is_null() {
                return Way::Note;
            }
            if difference.here.is_null() && self.base.local.fields.contains_key(&difference.geniacs_field) {
                return Way::Take;
            }
        }

        match self.rules.merging {
            Merging::OneWay => Way::Take,
            Merging::BothWays => Way::Both,
        }
    }

    fn winner(&self, difference: &Difference) -> Option<Winner> {
        let conflict = self.here.conflict.as_ref();
        let policy = match conflict.map(|conflict| conflict.ruling.as_ref()) {
            // One that is open stays open, whatever the policy is now.
            Some(None) => return None,
            Some(Some(ruling)) => match ruling.choice(&difference.local_field) {
                Some(Choice::Geniacs) => return Some(Winner::Geniacs),
                Some(Choice::Local | Choice::Value(_)) => return Some(Winner::Local),
                // A merge need not name every field; in the others, the newer value holds.
                None => ConflictPolicy::Newest,
            },
            None => self.rules.policy(&difference.geniacs_field),
        };
        if policy == ConflictPolicy::Manual {
            return None;
        }

        let geniacs_is_newer = newer(policy, self.record.version, self.here.changed_at);
        let geniacs = match self.verdict(difference, geniacs_is_newer) {
            Some(verdict) => matches!(verdict, Verdict::Taken | Verdict::TakenLate(_)),
            None => geniacs_is_newer,
        };
        Some(if geniacs { Winner::Geniacs } else { Winner::Local })
    }

    /// What the rules say about a status that both sides changed.
    fn verdict(&self, difference: &Difference, newer: bool) -> Option<Verdict> {
        if difference.local_field != status::COLUMN {
            return None;
        }
        let changed = Version::event(self.here.changed_at, 0);
        let held = Held { local: &self.here.local, version: changed, newer };
        status::judge(self.rules, &held, self.record, difference.column.as_str()?, &Map::new())
    }
}

/// The word of Geniacs in which a field differs, as Geniacs wrote it.
fn said(fresh: &Fresh, difference: &Difference) -> (String, Option<Value>) {
    let name = &difference.geniacs_field;
    (name.clone(), Some(fresh.fields.get(name).unwrap_or(&difference.there).clone()))
}

/// Whether Geniacs' value counts as the newer one. A tie goes to Geniacs.
pub(crate) fn newer(policy: ConflictPolicy, version: Version, changed_at: i64) -> bool {
    match policy {
        ConflictPolicy::Local => false,
        ConflictPolicy::Geniacs => true,
        ConflictPolicy::Newest | ConflictPolicy::Manual => version.compare_with_local(changed_at).is_ge(),
    }
}
