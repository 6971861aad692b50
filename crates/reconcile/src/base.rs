//! The local record in Geniacs' form, beside what its link keeps.

use crate::coarser::is_coarser;
use crate::{Here, Kept, Rules};
use mapping::Mapped;
use serde_json::{Map, Value};

pub(crate) struct Base {
    /// The local record in Geniacs' form.
    pub(crate) local: Mapped,
    pub(crate) kept: Kept,
    /// What a push is sending that has no answer yet.
    sending: Map<String, Value>,
}

impl Base {
    pub(crate) fn of(rules: &Rules<'_>, here: &Here) -> Self {
        let sending = here.sending.as_deref().and_then(|text| serde_json::from_str(text).ok());
        Self {
            local: rules.mapping.push(&here.local, rules.references),
            kept: Kept::read(here.agreed.as_deref(), here.held.as_deref()),
            sending: sending.unwrap_or_default(),
        }
    }

    /// Whether the local side changed something that Geniacs does not have yet.
    pub(crate) fn changed_here(&self, rules: &Rules<'_>) -> bool {
        self.kept.has_edits(rules.mapping, &self.local)
    }

    /// Whether what Geniacs says of a field is what a push is just sending, or as much of it as Geniacs keeps: its echo came
    /// before its answer.
    pub(crate) fn is_being_sent(&self, rules: &Rules<'_>, name: &str, said: &Value) -> bool {
        let is_echo = |sending| rules.mapping.says_same(name, sending, said) || is_coarser(sending, said);
        self.sending.get(name).is_some_and(is_echo)
    }

    /// Whether Geniacs says something else of a field than what is kept or being sent. What is unknown is no news.
    pub(crate) fn is_news(&self, rules: &Rules<'_>, name: &str, said: &Value) -> bool {
        let known = self.kept.there(name);
        known.is_some_and(|there| !rules.mapping.says_same(name, there, said)) && !self.is_being_sent(rules, name, said)
    }
}
