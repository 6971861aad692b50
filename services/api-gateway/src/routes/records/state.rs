//! How a record stands between both sides.

use mapping::{Mapped, Plan, canonical_bytes};
use reconcile::Kept;
use serde::Serialize;
use serde_json::{Map, Value};
use storage::records::Seen;

/// How a record stands between both sides, as far as is known here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum RecordStanding {
    /// Both say the same, as both last agreed.
    InStep,
    /// It changed here since, or is to be sent again.
    Differs,
    /// Somebody has to decide.
    Conflict,
    /// Geniacs does not have it.
    Unlinked,
}

impl RecordStanding {
    /// The names that a filter takes.
    pub(super) const NAMES: &[&str] = &["in_step", "differs", "conflict", "unlinked"];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::InStep => "in_step",
            Self::Differs => "differs",
            Self::Conflict => "conflict",
            Self::Unlinked => "unlinked",
        }
    }

    /// The state of a row whose Geniacs form is `mapped`.
    pub(super) fn of(row: &Seen, append_only: bool, plan: &Plan, mapped: &Mapped) -> Self {
        if row.conflict_id.is_some() {
            return Self::Conflict;
        }
        if row.geniacs_id.is_none() {
            return Self::Unlinked;
        }

        // Records that are only appended never change, and a record that both sides deleted is settled.
        if append_only || (row.deleted && row.deleted_there) {
            return Self::InStep;
        }

        // The same hash as when both sides last agreed: nothing has changed here since.
        let is_same = || row.content_hash.as_deref() == Some(hash_of(&mapped.fields).as_slice());
        let kept = Kept::read(row.agreed.as_deref(), row.held.as_deref());
        let differs = || kept.is_unknown() || kept.differs(plan, mapped);
        let agreed = mapped.errors.is_empty() && (is_same() || !differs());
        if agreed && !row.deleted && !row.deleted_there && !row.unconfirmed { Self::InStep } else { Self::Differs }
    }
}

fn hash_of(mapped: &Map<String, Value>) -> [u8; 32] {
    let mut bytes = Vec::with_capacity(512);
    canonical_bytes(mapped, &mut bytes);
    secrets::content_hash(&bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::Utc;
    use domain::{EntityType, FieldType};
    use mapping::{Context, FieldMapping, References};
    use serde_json::json;

    #[test]
    fn a_record_stands_as_its_link_and_its_conflict_say() {
        let mappings = [("name", "customer_name"), ("phone", "customer_phone")];
        let mappings = mappings.map(|(local, geniacs)| FieldMapping::new(local, geniacs, FieldType::String));
        let plan = Plan::compile(EntityType::Customers, &mappings, &Context::default()).unwrap();
        let mapped = plan.push(json!({"name": "Siti"}).as_object().unwrap(), &References::default());
        let linked = Seen {
            id: 1,
            deleted: false,
            updated_at: Utc::now(),
            fields: "{}".to_owned(),
            geniacs_id: Some("cust_1".to_owned()),
            content_hash: None,
            agreed: Some(r#"{"customer_name":"Siti","customer_phone":null}"#.to_owned()),
            held: None,
            deleted_there: false,
            unconfirmed: false,
            last_synced_at: None,
            conflict_id: None,
        };
        let of = |row: &Seen| RecordStanding::of(row, false, &plan, &mapped);
        let keeping = |agreed: &str| Seen { agreed: Some(agreed.to_owned()), ..linked.clone() };

        assert_eq!(of(&linked), RecordStanding::InStep);
        assert_eq!(of(&keeping(r#"{"customer_name":"Siti"}"#)), RecordStanding::InStep, "of an older version");
        let cleared = keeping(r#"{"customer_name":"Siti","customer_phone":"+62812"}"#);
        assert_eq!(of(&cleared), RecordStanding::Differs, "what is cleared here differs");
        assert_eq!(of(&Seen { agreed: None, ..linked.clone() }), RecordStanding::Differs);
        assert_eq!(of(&Seen { unconfirmed: true, ..linked.clone() }), RecordStanding::Differs);
        assert_eq!(of(&Seen { deleted: true, ..linked.clone() }), RecordStanding::Differs);
        assert_eq!(of(&Seen { deleted: true, deleted_there: true, ..linked.clone() }), RecordStanding::InStep);
        assert_eq!(of(&Seen { geniacs_id: None, ..linked.clone() }), RecordStanding::Unlinked);
        assert_eq!(of(&Seen { conflict_id: Some(1), ..linked.clone() }), RecordStanding::Conflict);

        let required =
            [FieldMapping { is_required: true, ..FieldMapping::new("name", "customer_name", FieldType::String) }];
        let plan = Plan::compile(EntityType::Customers, &required, &Context::default()).unwrap();
        let unmapped = plan.push(json!({}).as_object().unwrap(), &References::default());
        assert_eq!(
            RecordStanding::of(&linked, false, &plan, &unmapped),
            RecordStanding::Differs,
            "it cannot be mapped"
        );
    }
}
