//! How a record stands between both sides.

use mapping::canonical_bytes;
use serde::Serialize;
use serde_json::{Map, Value};
use storage::records::Seen;

/// How a record stands between both sides, as far as is known here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum State {
    /// Both say the same, as both last agreed.
    InStep,
    /// It changed here since, or is to be sent again.
    Differs,
    /// Somebody has to decide.
    Conflict,
    /// Geniacs does not have it.
    Unlinked,
}

impl State {
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

    /// The state of a row whose Geniacs form is `mapped`; none where the form cannot be made.
    pub(super) fn of(row: &Seen, append_only: bool, mapped: Option<&Map<String, Value>>) -> Self {
        if row.conflict_id.is_some() {
            return Self::Conflict;
        }
        if row.geniacs_id.is_none() {
            return Self::Unlinked;
        }
        if append_only || (row.deleted && row.deleted_there) {
            return Self::InStep;
        }
        let agreed = mapped.is_some_and(|mapped| row.content_hash.as_deref() == Some(hash(mapped).as_slice()));
        if agreed && !row.deleted && !row.deleted_there && !row.unconfirmed { Self::InStep } else { Self::Differs }
    }
}

fn hash(mapped: &Map<String, Value>) -> [u8; 32] {
    let mut bytes = Vec::with_capacity(512);
    canonical_bytes(mapped, &mut bytes);
    secrets::content_hash(&bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::Utc;
    use serde_json::json;

    #[test]
    fn a_record_stands_as_its_link_and_its_conflict_say() {
        let mapped = json!({"customer_name": "Siti"}).as_object().cloned().unwrap();
        let linked = Seen {
            id: 1,
            deleted: false,
            updated_at: Utc::now(),
            fields: "{}".to_owned(),
            geniacs_id: Some("cust_1".to_owned()),
            content_hash: Some(hash(&mapped).to_vec()),
            agreed: None,
            deleted_there: false,
            unconfirmed: false,
            last_synced_at: None,
            conflict_id: None,
        };
        let of = |row: &Seen| State::of(row, false, Some(&mapped));
        assert_eq!(of(&linked), State::InStep);
        assert_eq!(of(&Seen { content_hash: Some(vec![1]), ..linked.clone() }), State::Differs);
        assert_eq!(of(&Seen { unconfirmed: true, ..linked.clone() }), State::Differs);
        assert_eq!(of(&Seen { deleted: true, ..linked.clone() }), State::Differs);
        assert_eq!(of(&Seen { deleted: true, deleted_there: true, ..linked.clone() }), State::InStep);
        assert_eq!(of(&Seen { geniacs_id: None, ..linked.clone() }), State::Unlinked);
        assert_eq!(of(&Seen { conflict_id: Some(1), ..linked.clone() }), State::Conflict);
        assert_eq!(State::of(&linked, false, None), State::Differs, "it cannot be mapped");
    }
}
