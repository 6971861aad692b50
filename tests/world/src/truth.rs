//! What people did, on both sides, and since when nobody has to remember it.

use std::collections::BTreeMap;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Here,
    There,
}

/// A value that a person gave a field.
#[derive(Debug, Clone)]
pub(crate) struct Edit {
    pub(crate) order: u32,
    pub(crate) step: u32,
    pub(crate) side: Side,
    pub(crate) value: Option<String>,
    /// The step in which the partner told the engine of it.
    pub(crate) told: Option<u32>,
    /// Whether a push took its place at the partner before anybody was told: from then on nobody is.
    pub(crate) overwritten: bool,
}

impl Edit {
    /// Whether it may be told now.
    fn is_open(&self) -> bool {
        self.told.is_none() && !self.overwritten
    }
}

/// What became of one field of a record.
#[derive(Debug, Default)]
pub(crate) struct Story {
    pub(crate) edits: Vec<Edit>,
    /// Up to which edit both sides were seen to be equal.
    equal_upto: u32,
}

impl Story {
    fn note(&mut self, edit: Edit) {
        self.edits.push(edit);
    }

    /// Both sides hold the last word: whatever was before is history.
    pub(crate) fn equal(&mut self, order: u32) {
        self.equal_upto = order;
    }

    /// Whether the partner holds an edit of which it has told nobody.
    pub(crate) fn is_untold(&self) -> bool {
        self.edits.iter().any(|edit| edit.side == Side::There && edit.is_open())
    }

    pub(crate) fn last(&self) -> Option<&Edit> {
        self.edits.last()
    }

    /// Edits since both sides were last equal before the last edit.
    pub(crate) fn rivals(&self) -> &[Edit] {
        let first = self.edits.iter().position(|edit| edit.order > self.equal_upto).unwrap_or(self.edits.len());
        &self.edits[first..]
    }
}

/// A record through all its copies, ids and links.
#[derive(Debug, Default)]
pub(crate) struct Lineage {
    pub(crate) local_ids: Vec<i64>,
    /// By the place of their field.
    pub(crate) fields: Vec<Story>,
    /// Whether it lives: `yes` or none.
    pub(crate) alive: Story,
    /// Up to which edit its rows here are gone for good, with what people had made of them.
    pub(crate) gone_upto: u32,
}

/// All that people did.
#[derive(Debug, Default)]
pub(crate) struct Truth {
    pub(crate) lineages: BTreeMap<String, Lineage>,
    order: u32,
}

pub(crate) const YES: &str = "yes";

impl Truth {
    pub(crate) fn order(&self) -> u32 {
        self.order
    }

    /// A person gave a field, by its place, a value.
    pub(crate) fn edited(&mut self, lineage: &str, field: usize, side: Side, value: Option<String>, step: u32) {
        self.order += 1;
        let edit = Edit { order: self.order, step, side, value, told: None, overwritten: false };
        let fields = &mut self.lineages.entry(lineage.to_owned()).or_default().fields;
        if fields.len() <= field {
            fields.resize_with(field + 1, Story::default);
        }
        fields[field].note(edit);
    }

    /// A person made, deleted or revived a record.
    pub(crate) fn lives(&mut self, lineage: &str, side: Side, alive: bool, step: u32) {
        self.order += 1;
        let value = alive.then(|| YES.to_owned());
        let edit = Edit { order: self.order, step, side, value, told: None, overwritten: false };
        self.lineages.entry(lineage.to_owned()).or_default().alive.note(edit);
    }

    /// A person deleted a row here for good.
    pub(crate) fn gone(&mut self, lineage: &str, step: u32) {
        self.lives(lineage, Side::Here, false, step);
        self.lineages.entry(lineage.to_owned()).or_default().gone_upto = self.order;
    }

    /// The partner told how a record is.
    pub(crate) fn told(&mut self, lineage: &str, step: u32, values: &[Option<String>], alive: bool) {
        let Some(lineage) = self.lineages.get_mut(lineage) else { return };
        for (story, value) in lineage.fields.iter_mut().zip(values) {
            tell(story, value.as_deref(), step);
        }
        tell(&mut lineage.alive, alive.then_some(YES), step);
    }

    /// A push brought a record back at the partner. If nobody had told that it was deleted, nobody will.
    pub(crate) fn revived(&mut self, lineage: &str) {
        let Some(lineage) = self.lineages.get_mut(lineage) else { return };
        let last = lineage.alive.edits.iter_mut().rev().find(|edit| edit.side == Side::There);
        if let Some(edit) = last.filter(|edit| edit.told.is_none() && edit.value.is_none()) {
            edit.overwritten = true;
        }
    }

    /// What was told in this step did not arrive.
    pub(crate) fn untold(&mut self, step: u32) {
        for lineage in self.lineages.values_mut() {
            let stories = lineage.fields.iter_mut().chain([&mut lineage.alive]);
            for edit in stories.flat_map(|story| &mut story.edits).filter(|edit| edit.told == Some(step)) {
                edit.told = None;
            }
        }
    }
}

/// The partner told of one field, or of a record's life.
pub(crate) fn tell(story: &mut Story, value: Option<&str>, step: u32) {
    let last = story.edits.iter_mut().rev().find(|edit| edit.side == Side::There);
    if let Some(edit) = last.filter(|edit| edit.is_open() && edit.value.as_deref() == value) {
        edit.told = Some(step);
    }
}
