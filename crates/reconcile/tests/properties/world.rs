//! A provider's row, a partner's record and the link between them, moved by nothing but decisions.

use domain::integration::ConflictPolicy;
use domain::{EntityType, FieldType};
use mapping::{Completeness, Context, FieldMapping, Plan, References, canonical_bytes};
use reconcile::*;
use serde_json::{Map, Value, json};

pub(crate) type Fields = Map<String, Value>;

pub(crate) fn fields(value: Value) -> Fields {
    match value {
        Value::Object(fields) => fields,
        other => panic!("not fields: {other}"),
    }
}

pub(crate) fn plan(entity: EntityType) -> Plan {
    let text = |local: &str, geniacs: &str| FieldMapping::new(local, geniacs, FieldType::String);
    let mappings = match entity {
        EntityType::Customers => vec![text("name", "customer_name"), text("city", "town"), text("notes", "remarks")],
        _ => vec![text("payment_method", "method"), text("status", "payment_status")],
    };
    Plan::compile(entity, &mappings, &Context::default()).unwrap()
}

/// The local columns of customers and their Geniacs fields.
pub(crate) const NAMES: [(&str, &str); 3] = [("name", "customer_name"), ("city", "town"), ("notes", "remarks")];

pub(crate) fn event(at: i64, told: Value, implied: Value) -> Incoming {
    Incoming {
        geniacs_id: "g1".to_owned(),
        external_id: None,
        fields: fields(told),
        implied: fields(implied),
        completeness: Completeness::Partial,
        deleted: false,
        version: Version::event(at, 1),
    }
}

/// Both sides of one record.
pub(crate) struct World {
    plan: Plan,
    entity: EntityType,
    pub(crate) policy: ConflictPolicy,
    pub(crate) here: Here,
    /// What Geniacs holds, and when it last changed.
    pub(crate) there: Fields,
    pub(crate) there_at: i64,
    /// What was met.
    pub(crate) conflicts: Vec<Conflict>,
    /// Writes of the row, and of the partner's record, for the other side's sake.
    pub(crate) writes: (usize, usize),
}

impl World {
    /// A record about which nothing was agreed yet.
    pub(crate) fn new(entity: EntityType, local: Value) -> Self {
        let here = Here {
            id: 1,
            deleted: false,
            local: fields(local),
            linked: true,
            agreed: None,
            versions: Versions::default(),
            deleted_version: None,
            changed_at: 0,
            written_last: false,
            conflict: None,
        };
        let (policy, conflicts) = (ConflictPolicy::Newest, Vec::new());
        Self { plan: plan(entity), entity, policy, here, there: Map::new(), there_at: 0, conflicts, writes: (0, 0) }
    }

    /// A customer whom both sides know alike.
    pub(crate) fn in_step() -> Self {
        let mut world = Self::new(EntityType::Customers, json!({"name": "0", "city": "0", "notes": "0"}));
        world.push(0);
        world.writes = (0, 0);
        world
    }

    pub(crate) fn edit_here(&mut self, at: i64, column: &str, value: &str) {
        self.here.local.insert(column.to_owned(), json!(value));
        self.here.changed_at = at;
    }

    /// Changes the partner's record, and tells what its event says.
    pub(crate) fn edit_there(&mut self, at: i64, field: &str, value: &str) -> Incoming {
        self.there.insert(field.to_owned(), json!(value));
        self.there_at = at;
        event(at, Value::Object(Map::from_iter([(field.to_owned(), json!(value))])), json!({}))
    }

    pub(crate) fn listed(&self) -> Incoming {
        Incoming {
            fields: self.there.clone(),
            completeness: Completeness::Whole,
            version: Version::listed(self.there_at),
            ..event(self.there_at, json!({}), json!({}))
        }
    }

    pub(crate) fn mapped(&self) -> Fields {
        self.plan.push(&self.here.local, &References::default()).fields
    }

    pub(crate) fn decide(&self, record: &Incoming, merging: Merging) -> Decision {
        let references = References::default();
        let rules = Rules {
            entity: self.entity,
            mapping: &self.plan,
            references: &references,
            never_null: &[],
            create_missing: true,
            update_existing: true,
            merging,
            policy: self.policy,
            schema_strict: false,
            refused: false,
        };
        decide(&rules, record, Some(&self.here), &mut Vec::new())
    }

    pub(crate) fn take(&mut self, record: &Incoming, merging: Merging) {
        match self.decide(record, merging) {
            Decision::Change(change) => self.change(*change),
            Decision::Hold(Some(conflict)) => {
                self.here.conflict = Some(Unresolved { fields: conflict.fields.clone(), ruling: None });
            }
            Decision::Delete { versions, conflict, .. } => {
                self.here.versions = versions;
                self.here.deleted = true;
                self.here.deleted_version = Some(record.version.micros);
                self.conflicts.extend(conflict);
            }
            Decision::Hold(None) | Decision::Unchanged | Decision::Skipped | Decision::Superseded => {}
            other => panic!("no change of a record that is here: {other:?}"),
        }
    }

    fn change(&mut self, change: Change) {
        self.writes.0 += usize::from(!change.fields.is_empty() || change.restore);
        self.here.local.extend(change.fields);
        self.here.deleted &= !change.restore;
        self.here.versions = change.versions;
        self.here.conflict = None;
        self.conflicts.extend(change.conflict);
        let agreed = match change.agreed {
            Agreed::Same => return,
            Agreed::AsWritten => self.mapped(),
            Agreed::Overlaid(overlay) => overlay.over(&self.mapped()),
            Agreed::Text { text, .. } => serde_json::from_str(&text).unwrap(),
        };
        self.here.agreed = Some(canonical(&agreed));
    }

    pub(crate) fn pull(&mut self, merging: Merging) {
        self.take(&self.listed(), merging);
    }

    /// An incremental push: what differs from the agreement is sent.
    pub(crate) fn push(&mut self, at: i64) {
        let mapped = self.mapped();
        if self.here.conflict.is_some() || self.here.agreed.as_deref() == Some(&canonical(&mapped)) {
            return;
        }
        self.writes.1 += 1;
        self.there.extend(mapped.clone());
        self.there_at = at;
        self.here.agreed = Some(canonical(&mapped));
    }

    pub(crate) fn is_equal(&self) -> bool {
        self.mapped() == self.there && self.here.agreed.as_deref() == Some(&canonical(&self.there))
    }
}

pub(crate) fn canonical(fields: &Fields) -> String {
    let mut bytes = Vec::new();
    canonical_bytes(fields, &mut bytes);
    String::from_utf8(bytes).unwrap()
}
