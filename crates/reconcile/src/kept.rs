//! What a link keeps of a record's fields: what both sides agreed on.

use mapping::{Mapped, Plan, canonical_bytes, same_json};
use serde::de::{Deserializer as _, IgnoredAny, MapAccess, Visitor};
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::fmt;

/// For each Geniacs field: what Geniacs said or confirmed last, and what the local side held for it then. A field that is
/// not kept is unknown; null is a value.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Kept {
    /// What Geniacs said or confirmed last; none where the link knows of no field at all.
    agreed: Option<Map<String, Value>>,
    /// Where the local side held something else without having changed it, since its column rounds, cuts or cannot say
    /// it: `[what Geniacs said, what was held]`. It counts only beside that very word of Geniacs, so that an older
    /// version of the services, which does not know this column, may go on writing the other one. A third element, `true`,
    /// says that Geniacs is owed what was held: it had said so, and a push of ours has overwritten it since.
    held: Map<String, Value>,
}

impl Kept {
    /// What is kept of a push that is confirmed, given what was kept before its request and what is now: what Geniacs said
    /// meanwhile and the local side took, the request may have overwritten there.
    #[must_use]
    pub fn beside_news(mut self, before: &Self, now: &Self) -> Self {
        let names: Vec<&String> = now.agreed.iter().flat_map(Map::keys).collect();
        for name in names {
            let is_news = match (before.there(name), now.there(name)) {
                (Some(before), Some(now)) => !same_json(before, now),
                (before, now) => before.is_some() != now.is_some(),
            };
            if let Some(here) = now.here(name).filter(|_| is_news || now.is_owed(name)) {
                self.owe(name, here);
            }
        }
        self
    }

    /// Reads the two columns of a link.
    pub fn read(agreed: Option<&str>, held: Option<&str>) -> Self {
        let fields = |text: &str| serde_json::from_str(text).ok();
        let agreed: Option<Map<String, Value>> = agreed.and_then(fields);
        let mut held: Map<String, Value> = held.and_then(fields).unwrap_or_default();
        held.retain(|name, pair| {
            let said = agreed.as_ref().and_then(|agreed| agreed.get(name));
            said.is_some_and(|said| pair.get(0).is_some_and(|of| same_json(of, said)) && pair.get(1).is_some())
        });
        Self { agreed, held }
    }

    /// What a push that sent `sent` of a record leaves once it is confirmed.
    pub fn confirmed(before: &Self, sent: &Map<String, Value>, local: &Mapped) -> Self {
        let mut kept = Self { agreed: Some(Map::new()), held: Map::new() };
        for (name, value) in sent {
            // What failed its validation here stays as it was kept.
            let here = local.fields.get(name).or_else(|| before.here(name)).unwrap_or(value);
            kept.accept(name, value.clone(), here, same_json(value, here));
        }
        kept
    }

    /// Whether the text that a link keeps names all these fields, which are in order, as its own are. It is asked for each
    /// record of a page, so that it is not read into a map.
    pub(crate) fn names_all<'a>(agreed: &str, sorted: impl Iterator<Item = &'a str>) -> bool {
        let mut reader = serde_json::Deserializer::from_str(agreed);
        reader.deserialize_map(NamesAll(sorted)).unwrap_or(false)
    }

    /// Whether nothing is known of any field.
    pub fn is_unknown(&self) -> bool {
        self.agreed.is_none()
    }

    /// Whether it is known that Geniacs has nothing.
    pub(crate) fn is_nothing(&self) -> bool {
        self.agreed.as_ref().is_some_and(Map::is_empty)
    }

    /// What is kept of a record that Geniacs does not have.
    pub(crate) fn nothing() -> Self {
        Self { agreed: Some(Map::new()), held: Map::new() }
    }

    /// What Geniacs said or confirmed last about a field; none where that is unknown.
    pub fn there(&self, name: &str) -> Option<&Value> {
        self.agreed.as_ref()?.get(name)
    }

    /// What the local side held for a field when Geniacs said or confirmed that.
    pub fn here(&self, name: &str) -> Option<&Value> {
        self.held.get(name).and_then(|pair| pair.get(1)).or_else(|| self.there(name))
    }

    /// Notes a word of Geniacs that the local side has taken as well as it can: what it holds for it now, and whether that
    /// says the same. Returns whether it does not, and nobody knew that yet.
    pub(crate) fn accept(&mut self, name: &str, said: Value, here: &Value, same: bool) -> bool {
        if same {
            self.held.remove(name);
            self.note(name, here.clone());
            return false;
        }

        let pair = Value::Array(vec![said.clone(), here.clone()]);
        let is_new = self.held.get(name) != Some(&pair);
        self.note(name, said);
        self.held.insert(name.to_owned(), pair);
        is_new
    }

    /// Notes that the local side took a word of Geniacs that a push has overwritten since, so that Geniacs is to be sent it.
    fn owe(&mut self, name: &str, here: &Value) {
        let Some(there) = self.there(name).cloned() else { return };
        if same_json(&there, here) {
            self.held.remove(name);
        } else {
            self.held.insert(name.to_owned(), Value::Array(vec![there, here.clone(), Value::Bool(true)]));
        }
    }

    /// Whether Geniacs is owed a word that it has said itself.
    pub(crate) fn is_owed(&self, name: &str) -> bool {
        self.held.get(name).is_some_and(|pair| pair.get(2) == Some(&Value::Bool(true)))
    }

    /// What is kept once Geniacs holds something else of a field for the moment than it is to be told.
    #[must_use]
    pub fn with_there(mut self, name: &str, there: Value) -> Self {
        self.dispute(name, Some(there));
        self
    }

    /// Notes a word of Geniacs against which the local side holds a change of its own.
    pub(crate) fn dispute(&mut self, name: &str, said: Option<Value>) {
        self.held.remove(name);
        match said {
            Some(said) => self.note(name, said),
            None => drop(self.agreed.as_mut().and_then(|agreed| agreed.remove(name))),
        }
    }

    fn note(&mut self, name: &str, said: Value) {
        self.agreed.get_or_insert_default().insert(name.to_owned(), said);
    }

    /// Whether a field of the local side says something else than when both sides last agreed. One that failed its
    /// validation does not count, nor does an empty one of which nobody knows what Geniacs holds.
    pub fn is_changed(&self, name: &str, local: &Mapped) -> bool {
        match (local.fields.get(name), self.here(name)) {
            (None, _) => false,
            (Some(now), Some(before)) => !same_json(before, now),
            (Some(now), None) => self.is_unknown() || !now.is_null(),
        }
    }

    /// Whether a field was changed here: it says something else than when both sides last agreed about it.
    fn is_edited(&self, name: &str, local: &Mapped) -> bool {
        self.here(name).is_some() && self.is_changed(name, local)
    }

    /// Whether any field was changed here. One that nobody has told anything about was not.
    pub(crate) fn has_edits(&self, mapping: &Plan, local: &Mapped) -> bool {
        mapping.geniacs_fields().any(|name| self.is_edited(name, local))
    }

    /// Whether a push is to tell Geniacs of a field.
    fn is_to_send(&self, name: &str, local: &Mapped) -> bool {
        self.is_changed(name, local) || self.is_owed(name)
    }

    /// Whether Geniacs is to be told of any field: it says something else than when both sides last agreed, or was never
    /// agreed about, or is owed.
    pub fn differs(&self, mapping: &Plan, local: &Mapped) -> bool {
        mapping.geniacs_fields().any(|name| self.is_to_send(name, local))
    }

    /// What a push sends of a local record: all of it, since a partner may replace what it holds. What did not change
    /// here is sent as Geniacs said it. A field that failed is left out where nothing is kept of it, and so is an empty
    /// one of which nobody knows what Geniacs holds, unless `all` is to say what is here.
    pub fn to_send(&self, mapping: &Plan, local: &Mapped, all: bool) -> Map<String, Value> {
        // Geniacs may still hold the values of a record that it has deleted.
        let says_all = all || self.is_unknown() || self.is_nothing();
        let value = |name: &str| {
            let there = self.there(name);
            match local.fields.get(name) {
                None => there.cloned(),
                Some(_) if there.is_some() && !self.is_to_send(name, local) => there.cloned(),
                Some(now) if now.is_null() && there.is_none() && !says_all => None,
                Some(now) => Some(now.clone()),
            }
        };

        mapping.geniacs_fields().filter_map(|name| Some((name.to_owned(), value(name)?))).collect()
    }

    /// The fields that a push changes at Geniacs because they were changed here. The others are sent along, or give back to
    /// Geniacs what it has said itself.
    pub fn changed_by<'a>(&self, sent: &'a Map<String, Value>, local: &Mapped) -> impl Iterator<Item = &'a str> {
        let is_changed = |name: &str, value: &Value| match self.there(name) {
            Some(there) => !same_json(there, value) && (!self.is_owed(name) || self.is_changed(name, local)),
            None => true,
        };
        sent.iter().filter(move |(name, value)| is_changed(name, value)).map(|(name, _)| name.as_str())
    }

    /// What Geniacs said of the fields for which a push sends something else.
    pub fn replaced_by<'a>(&'a self, sent: &'a Map<String, Value>) -> impl Iterator<Item = (&'a str, &'a Value)> {
        let replaced = |(name, value): (&'a String, &Value)| {
            let there = self.there(name)?;
            (!same_json(there, value)).then_some((name.as_str(), there))
        };
        sent.iter().filter_map(replaced)
    }

    /// Whether what a push sends takes a value from Geniacs.
    pub fn is_cleared_by(&self, sent: &Map<String, Value>) -> bool {
        let is_empty = |value: &Value| value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty());
        sent.iter().any(|(name, value)| is_empty(value) && self.there(name).is_some_and(|there| !is_empty(there)))
    }

    /// What the local side held when both last agreed, as canonical text. A record whose mapped form has the same text, or
    /// the same hash, has not changed since.
    pub fn local_text(&self) -> Option<String> {
        let mut fields = self.agreed.clone()?;
        // A record that is owed something is never the same as what is kept.
        for (name, pair) in self.held.iter().filter(|(name, _)| !self.is_owed(name)) {
            fields.insert(name.clone(), pair.get(1).cloned().unwrap_or_default());
        }
        Some(canonical(&fields))
    }

    /// What Geniacs said or confirmed last, as links keep it.
    pub fn agreed_text(&self) -> Option<String> {
        self.agreed.as_ref().map(canonical)
    }

    /// Where the local side held something else, as links keep it.
    pub fn held_text(&self) -> Option<String> {
        (!self.held.is_empty()).then(|| canonical(&self.held))
    }
}

/// Reads the keys of an object, which are sorted, and tells whether these are among them.
struct NamesAll<I>(I);

impl<'de, 'a, I: Iterator<Item = &'a str>> Visitor<'de> for NamesAll<I> {
    type Value = bool;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<bool, A::Error> {
        let mut wanted = self.0.next();
        while let Some((key, IgnoredAny)) = map.next_entry::<Cow<'de, str>, IgnoredAny>()? {
            if wanted == Some(key.as_ref()) {
                wanted = self.0.next();
            }
        }
        Ok(wanted.is_none())
    }
}

/// Fields as links keep them.
pub(crate) fn canonical(fields: &Map<String, Value>) -> String {
    let mut bytes = Vec::with_capacity(512);
    canonical_bytes(fields, &mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

/// What a decision teaches about a record's fields; what is kept then depends on what the row holds once it is written.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Learned {
    /// What was kept before.
    pub kept: Kept,
    /// Geniacs fields that the row is to say as Geniacs does: what Geniacs said; none where the row says it for Geniacs.
    pub accepted: Vec<(String, Option<Value>)>,
    /// Geniacs fields in which the local side holds against Geniacs: what Geniacs said; none where nobody knows.
    pub disputed: Vec<(String, Option<Value>)>,
    /// Geniacs fields that the row takes from Geniacs, although a push has overwritten them there since.
    pub owed: Vec<String>,
    /// Geniacs fields of which Geniacs keeps less than it was sent, and what it keeps.
    pub formed: Vec<(String, Value)>,
}

/// A field of which one side does not hold what the other one said.
#[derive(Debug, Clone, PartialEq)]
pub struct Unheld {
    /// The Geniacs field.
    pub geniacs_field: String,
    /// What Geniacs said.
    pub said: Value,
    /// What the column holds, in Geniacs' form.
    pub held: Value,
    /// Whether it is Geniacs that holds less than it was sent, and not the column.
    pub is_there: bool,
}

impl Learned {
    /// The same without fields that the row turned out not to take: what is kept of them stays as it was.
    #[must_use]
    pub fn without(mut self, is_left_out: impl Fn(&str) -> bool) -> Self {
        self.accepted.retain(|(name, _)| !is_left_out(name));
        self.disputed.retain(|(name, _)| !is_left_out(name));
        self.formed.retain(|(name, _)| !is_left_out(name));
        self.owed.retain(|name| !is_left_out(name));
        self
    }

    /// What is kept given the row as it is now, in Geniacs' form, and in which fields its columns turn out to hold
    /// something else than what Geniacs said.
    pub fn over(self, mapping: &Plan, row: &Mapped) -> (Kept, Vec<Unheld>) {
        let Self { mut kept, accepted, disputed, owed, formed } = self;
        let mut unheld = Vec::new();

        for (name, said) in accepted {
            let Some(held) = row.fields.get(&name) else {
                // It fails its validation here, which is told elsewhere; once it passes again, it is a change.
                kept.dispute(&name, said);
                continue;
            };

            if said.is_none() && held.is_null() {
                // Nobody said anything, and nothing is here: Geniacs may hold something.
                continue;
            }

            let said = said.unwrap_or_else(|| held.clone());
            let same = mapping.says_same(&name, held, &said);
            if kept.accept(&name, said.clone(), held, same) {
                unheld.push(Unheld { geniacs_field: name, said, held: held.clone(), is_there: false });
            }
        }

        for (name, said) in formed {
            // Whatever the row holds by now, this is what became of what it held when it was sent.
            let Some(held) = kept.here(&name).cloned() else { continue };
            if kept.accept(&name, said.clone(), &held, false) {
                unheld.push(Unheld { geniacs_field: name, said, held, is_there: true });
            }
        }

        for (name, said) in disputed {
            kept.dispute(&name, said);
        }
        for name in owed {
            row.fields.get(&name).into_iter().for_each(|here| kept.owe(&name, here));
        }

        (kept, unheld)
    }
}
