//! The partner's people: what they do to its records, and which events tell of it.

use crate::fields::Field;
use crate::partner::{External, Record};
use crate::truth::Side;
use crate::world::World;

impl World {
    fn live_there(&self) -> Vec<Record> {
        self.partner.borrow().live().cloned().collect()
    }

    pub(crate) fn create_there(&self) {
        let lineage = self.cast.new_token(self.number());
        let values = self.values(true, Side::There);
        self.make_there(&lineage, &values);
    }

    fn make_there(&self, lineage: &str, values: &[(usize, Option<String>)]) {
        let told = self.partner.borrow_mut().create(lineage, &self.with_fields(values));
        self.timeline.say(format!("there: {lineage} is made: {}", self.brief(values)));
        self.lives_there(lineage, true);
        self.edited_there(lineage, values);
        self.announce(Some(&told));
    }

    pub(crate) fn edit_there(&self) {
        let Some(record) = self.pick(&self.live_there()) else { return };
        let values = self.values(false, Side::There);
        let stamp = self.partner.borrow().clock();
        self.change_there(&record, &values, stamp);
    }

    /// A change whose time is that of its beginning, some seconds ago.
    pub(crate) fn edit_there_late(&self) {
        let Some(record) = self.pick(&self.live_there()) else { return };
        let values = self.values(false, Side::There);
        let ago = self.dice.borrow_mut().between(1, 20) * 1_000_000;
        let stamp = self.partner.borrow().clock() - ago;
        self.timeline.say(format!("there: a transaction that began {} s ago is committed:", ago / 1_000_000));
        self.change_there(&record, &values, stamp);
    }

    fn change_there(&self, record: &Record, values: &[(usize, Option<String>)], stamp: i64) {
        let told = self.partner.borrow_mut().edit(&record.id, &self.with_fields(values), stamp);
        self.timeline.say(format!("there: {}={}: {}", record.id, record.lineage, self.brief(values)));
        // A value that it holds already is no edit.
        let is_new = |(place, value): &&(usize, Option<String>)| record.get(&self.cast.fields[*place]) != *value;
        let edits: Vec<_> = values.iter().filter(is_new).cloned().collect();
        self.edited_there(&record.lineage, &edits);
        self.announce(told.as_ref());
    }

    pub(crate) fn swap_there(&self) {
        let records: Vec<Record> =
            self.live_there().into_iter().filter(|record| record.get(self.code_field()).is_some()).collect();
        let (Some(one), Some(other)) = (self.pick(&records), self.pick(&records)) else { return };
        if one.id == other.id {
            return;
        }
        let taken = other.get(self.code_field());
        let left = self.left_over(one.get(self.code_field()).as_ref());
        let stamp = self.partner.borrow().clock();
        self.change_there(&other, &[(self.cast.code(), left)], stamp);
        self.change_there(&one, &[(self.cast.code(), taken)], stamp);
    }

    pub(crate) fn delete_there(&self) {
        let Some(record) = self.pick(&self.live_there()) else { return };
        let told = self.partner.borrow_mut().set_deleted(&record.id, true);
        self.timeline.say(format!("there: {}={} is deleted", record.id, record.lineage));
        self.lives_there(&record.lineage, false);
        self.announce(told.as_ref());
    }

    pub(crate) fn revive_there(&self) {
        let dead: Vec<Record> =
            self.partner.borrow().records.iter().filter(|r| r.deleted && r.merged_into.is_none()).cloned().collect();
        let Some(record) = self.pick(&dead) else { return };
        let told = self.partner.borrow_mut().set_deleted(&record.id, false);
        self.timeline.say(format!("there: {}={} is brought back", record.id, record.lineage));
        self.lives_there(&record.lineage, true);
        self.announce(told.as_ref());
    }

    pub(crate) fn merge_there(&self) {
        let records = self.live_there();
        let (Some(one), Some(other)) = (self.pick(&records), self.pick(&records)) else { return };
        if one.id == other.id {
            return;
        }
        let told = self.partner.borrow_mut().merge(&one.id, &other.id);
        self.timeline.say(format!("there: {}={} is merged into {}", one.id, one.lineage, other.id));
        self.lives_there(&one.lineage, false);
        self.announce(told.as_ref());
    }

    /// A record that is known by the id that it has here gets another id there.
    pub(crate) fn renumber_there(&self) {
        if self.partner.borrow().traits.external == External::Ignored {
            return;
        }
        let known: Vec<Record> = self.live_there().into_iter().filter(|record| record.external_id.is_some()).collect();
        let Some(record) = self.pick(&known) else { return };
        let id = self.partner.borrow_mut().renumber(&record.id).unwrap_or_default();
        self.timeline.say(format!("there: {}={} gets the id {id}", record.id, record.lineage));
    }

    /// From now on it refuses a record, or fails because of it.
    pub(crate) fn refuse_there(&self) {
        let lineages: Vec<String> = self.truth.borrow().lineages.keys().cloned().collect();
        let Some(lineage) = self.pick(&lineages) else { return };
        let breaks = self.chance(40);
        self.timeline
            .say(format!("there: {lineage} is {} from now on", if breaks { "answered with 500" } else { "refused" }));
        let mut partner = self.partner.borrow_mut();
        let set = if breaks { &mut partner.breaks } else { &mut partner.refuses };
        set.insert(lineage);
    }

    fn announce(&self, told: Option<&crate::partner::Told>) {
        let Some(told) = told else { return };
        if self.chance(15) {
            self.timeline.say("     no event is sent");
            return;
        }
        let name = self.partner.borrow_mut().announce(told, &mut self.dice.borrow_mut());
        self.timeline.say(format!("     event {name}"));
    }

    fn edited_there(&self, lineage: &str, values: &[(usize, Option<String>)]) {
        let step = self.timeline.number();
        let mut truth = self.truth.borrow_mut();
        for (place, value) in values {
            truth.edited(lineage, *place, Side::There, value.clone(), step);
        }
    }

    fn lives_there(&self, lineage: &str, alive: bool) {
        self.truth.borrow_mut().lives(lineage, Side::There, alive, self.timeline.number());
    }

    fn code_field(&self) -> &'static Field {
        &self.cast.fields[self.cast.code()]
    }

    fn with_fields(&self, values: &[(usize, Option<String>)]) -> Vec<(&'static Field, Option<String>)> {
        values.iter().map(|(place, value)| (&self.cast.fields[*place], value.clone())).collect()
    }

    fn brief(&self, values: &[(usize, Option<String>)]) -> String {
        let parts: Vec<String> = values
            .iter()
            .map(|(place, value)| {
                format!("{} = {}", self.cast.fields[*place].local, value.as_deref().unwrap_or("null"))
            })
            .collect();
        parts.join(", ")
    }
}
