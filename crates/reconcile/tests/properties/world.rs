//! A provider's row, a partner's record and the link between them, moved by nothing but decisions.

use domain::integration::ConflictPolicy;
use domain::{EntityType, FieldType};
use mapping::{Completeness, Context, FieldMapping, Mapped, Plan, References};
use reconcile::*;
use serde_json::{Map, Value, json};

pub(crate) type Fields = Map<String, Value>;

/// Between two steps, microseconds: their order is certain, however the two clocks differ.
pub(crate) const STEP: i64 = 10_000_000;

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
        only_changes: false,
        deleted: false,
        not_there: false,
        version: Version::event(at, 1),
        asked_at: None,
        arrived_at: None,
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
    /// Differences between what Geniacs said and what a column holds.
    pub(crate) unheld: Vec<Unheld>,
    /// Characters that a column holds.
    pub(crate) width: usize,
    /// Whether the partner replaces its record by what is pushed.
    pub(crate) replaces: bool,
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
            held: None,
            sending: None,
            in_step: false,
            synced_at: 0,
            passed_over: false,
            versions: Versions::default(),
            deleted_version: None,
            changed_at: 0,
            written_last: false,
            conflict: None,
        };

        let (policy, conflicts) = (ConflictPolicy::Newest, Vec::new());
        Self {
            plan: plan(entity),
            entity,
            policy,
            here,
            there: Map::new(),
            there_at: 0,
            conflicts,
            writes: (0, 0),
            unheld: Vec::new(),
            width: 255,
            replaces: false,
        }
    }

    /// A customer whom both sides know alike.
    pub(crate) fn in_step() -> Self {
        let mut world = Self::new(EntityType::Customers, json!({"name": "0", "city": "0", "notes": "0"}));
        world.push(0);
        world.writes = (0, 0);
        world
    }

    pub(crate) fn edit_here(&mut self, at: i64, column: &str, value: impl Into<Value>) {
        self.here.local.insert(column.to_owned(), value.into());
        self.here.changed_at = at * STEP;
        self.here.in_step = false;
    }

    /// Changes the partner's record, and tells what its event says.
    pub(crate) fn edit_there(&mut self, at: i64, field: &str, value: impl Into<Value>) -> Incoming {
        let value = value.into();
        self.there.insert(field.to_owned(), value.clone());
        self.there_at = at * STEP;
        event(self.there_at, Value::Object(Map::from_iter([(field.to_owned(), value)])), json!({}))
    }

    pub(crate) fn listed(&self) -> Incoming {
        Incoming {
            fields: self.there.clone(),
            completeness: Completeness::Whole,
            version: Version::listed(self.there_at),
            ..event(self.there_at, json!({}), json!({}))
        }
    }

    pub(crate) fn mapped(&self) -> Mapped {
        self.plan.push(&self.here.local, &References::default())
    }

    pub(crate) fn kept(&self) -> Kept {
        Kept::read(self.here.agreed.as_deref(), self.here.held.as_deref())
    }

    fn keep(&mut self, kept: &Kept) {
        (self.here.agreed, self.here.held) = (kept.agreed_text(), kept.held_text());
        self.here.in_step = !kept.differs(&self.plan, &self.mapped()) && kept.held_text().is_none();
    }

    /// What the column holds of a text: its first characters.
    fn cut(&self, value: &Value) -> Value {
        let text = |text: &str| text.chars().take(self.width).collect::<String>();
        value.as_str().map_or(Value::Null, |value| Value::String(text(value)))
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
            Decision::PassedOver => self.here.passed_over = true,
            Decision::Hold(None) | Decision::Unchanged | Decision::Skipped | Decision::Superseded => {}
            other => panic!("no change of a record that is here: {other:?}"),
        }
    }

    fn change(&mut self, change: Change) {
        self.writes.0 += usize::from(!change.fields.is_empty() || change.restore);
        self.here.in_step &= !change.writes();
        let cut: Vec<_> = change.fields.iter().map(|(column, value)| (column.clone(), self.cut(value))).collect();
        self.here.local.extend(cut);
        self.here.deleted &= !change.restore;
        self.here.deleted_version = None;
        self.here.versions = change.versions;
        self.here.conflict = None;
        self.conflicts.extend(change.conflict);

        if let Some(learned) = change.learned {
            let (kept, unheld) = learned.over(&self.plan, &self.mapped());
            self.unheld.extend(unheld);
            self.keep(&kept);
        }
    }

    pub(crate) fn pull(&mut self, merging: Merging) {
        // It is asked for now: nothing that the link knows is newer.
        self.take(&Incoming { asked_at: Some(self.here.synced_at), ..self.listed() }, merging);
    }

    /// An incremental push: where anything differs from what is kept, all of it is sent.
    pub(crate) fn push(&mut self, at: i64) {
        if let Some(request) = self.send(at) {
            self.arrive(&request, at);
            self.confirm(&request, at);
        }
    }

    /// Begins a push: notes what it sends.
    pub(crate) fn send(&mut self, at: i64) -> Option<Request> {
        let (local, kept) = (self.mapped(), self.kept());
        if self.here.conflict.is_some() || !(kept.is_unknown() || kept.differs(&self.plan, &local)) {
            return None;
        }

        let sent = kept.to_send(&self.plan, &local, false);
        self.here.sending = Some(canonical(&sent));
        let changed = kept.changed_by(&sent, &local).map(str::to_owned).collect();
        let at = at * STEP;
        Some(Request { at, sent, changed, local, before: kept })
    }

    /// The partner takes what a request says, merging it into what it holds or replacing that.
    pub(crate) fn arrive(&mut self, request: &Request, at: i64) {
        self.writes.1 += 1;
        if self.replaces {
            self.there.clear();
        }
        self.there.extend(request.sent.clone());
        self.there_at = at * STEP;
    }

    /// The answer to a request arrives.
    pub(crate) fn confirm(&mut self, request: &Request, until: i64) {
        self.here.sending = None;
        let mut versions = self.here.versions.clone();
        if request.before.is_unknown() {
            versions.set_record(Version::event(request.at, 0));
        }
        let changed = request.changed.iter().filter(|name| versions.admits(name, Version::event(request.at, i64::MAX)));
        for name in changed.cloned().collect::<Vec<_>>() {
            versions.set_field(&name, Version::event(request.at, 0));
        }

        let record = versions.record();
        let mut kept = versions.into_fields();
        for (name, value) in request.before.replaced_by(&request.sent) {
            kept[format!("{REPLACED}{name}")] = json!([request.at, null, [value]]);
        }

        let mut earlier: Vec<Value> =
            kept.get(PUSHED).map(|pushed| vec![pushed[0].clone(), pushed[1].clone()]).unwrap_or_default();
        earlier.extend(kept.get(PUSHED).and_then(|pushed| pushed[3].as_array().cloned()).unwrap_or_default());
        kept[PUSHED] = json!([until * STEP, request.at, false, earlier]);

        self.here.versions = Versions::of(record, kept);
        let confirmed = Kept::confirmed(&request.before, &request.sent, &request.local);
        self.keep(&confirmed.beside_news(&request.before, &self.kept()));
    }

    /// Whether both sides say the same, and the link knows it.
    pub(crate) fn is_equal(&self) -> bool {
        let here = self.mapped().fields;
        let said = |name: &String, value: &Value| {
            self.plan.says_same(name, value, self.there.get(name).unwrap_or(&Value::Null))
        };
        let kept = self.kept();
        here.iter().all(|(name, value)| said(name, value) && kept.there(name).is_none_or(|there| said(name, there)))
    }
}

/// A push on its way.
pub(crate) struct Request {
    at: i64,
    sent: Fields,
    changed: Vec<String>,
    local: Mapped,
    before: Kept,
}

pub(crate) fn canonical(fields: &Fields) -> String {
    let mut bytes = Vec::new();
    mapping::canonical_bytes(fields, &mut bytes);
    String::from_utf8(bytes).unwrap()
}
