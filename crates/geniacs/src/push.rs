//! Sending records to the partner.

use crate::answer::{Answer, parse};
use crate::client::Call;
use crate::sign::sha256_hex;
use crate::{Client, PartnerError, PushAnswer};
use bytes::Bytes;
use domain::EntityType;
use reqwest::Method;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};
use std::time::Duration;

/// One record to push.
#[derive(Debug, Clone, PartialEq)]
pub struct PushRecord {
    /// The local id.
    pub external_id: i64,
    /// The partner's id, once linked.
    pub geniacs_id: Option<String>,
    /// Grows with every change of the record.
    pub version: i64,
    /// What to do with it.
    pub body: PushContent,
}

/// What to do with a pushed record.
#[derive(Debug, Clone, PartialEq)]
pub enum PushContent {
    /// Create it or change it to these Geniacs fields. Fields named like the record's bookkeeping (the ids, `version`,
    /// `deleted`) are not sent.
    Upsert(Map<String, Value>),
    /// Remove it.
    Delete,
}

/// The body of a push, serialised once, so that every attempt sends the same bytes under the same key.
#[derive(Debug, Clone)]
pub struct PushBody {
    entity: EntityType,
    bytes: Bytes,
    sha256: String,
    known_ids: Vec<Option<String>>,
}

#[derive(Serialize)]
struct Envelope<'a> {
    data: Vec<RecordOf<'a>>,
    options: &'a Value,
    sync_id: i64,
}

/// A record with the name of its id field.
struct RecordOf<'a> {
    id_field: &'static str,
    record: &'a PushRecord,
}

impl Serialize for RecordOf<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("external_id", &self.record.external_id.to_string())?;
        if let Some(id) = &self.record.geniacs_id {
            map.serialize_entry(self.id_field, id)?;
        }
        map.serialize_entry("version", &self.record.version)?;
        match &self.record.body {
            PushContent::Delete => map.serialize_entry("deleted", &true)?,
            PushContent::Upsert(fields) => {
                for (name, value) in fields.iter().filter(|(name, _)| !self.is_bookkeeping(name)) {
                    map.serialize_entry(name, value)?;
                }
            }
        }
        map.end()
    }
}

impl RecordOf<'_> {
    fn is_bookkeeping(&self, name: &str) -> bool {
        name == self.id_field || matches!(name, "external_id" | "version" | "deleted")
    }
}

impl PushBody {
    /// Serialises `records`, all of one entity, with the sync's options and id. Fails only for values that JSON cannot
    /// hold, which a [`Value`] does not contain.
    pub fn new(
        entity: EntityType,
        records: &[PushRecord],
        options: &Value,
        sync_id: i64,
    ) -> Result<Self, serde_json::Error> {
        let data = records.iter().map(|record| RecordOf { id_field: entity.id_field(), record }).collect();
        let bytes = Bytes::from(serde_json::to_vec(&Envelope { data, options, sync_id })?);
        let known_ids = records.iter().map(|record| record.geniacs_id.clone()).collect();
        Ok(Self { entity, sha256: sha256_hex(&bytes), bytes, known_ids })
    }

    /// The serialised form.
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// Lower-case hex of the SHA-256 of the bytes: what was in this body, and nothing else, may be confirmed.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// How many records it holds.
    pub fn len(&self) -> usize {
        self.known_ids.len()
    }

    /// Whether there is nothing to push.
    pub fn is_empty(&self) -> bool {
        self.known_ids.is_empty()
    }

    /// The entity of its records.
    pub fn entity(&self) -> EntityType {
        self.entity
    }

    /// The key under which the partner recognises a repeated attempt.
    pub fn idempotency_key(&self, chunk_id: i64) -> String {
        format!("{chunk_id}-{}", self.sha256)
    }
}

impl Client {
    /// Sends `body` as part of the chunk `chunk_id`. It ends at `deadline` or at the account's timeout, whichever is
    /// sooner. Of an error, [`PartnerError::outcome_unknown`] tells whether records may have been taken all the same.
    pub async fn push(&self, body: &PushBody, chunk_id: i64, deadline: Duration) -> Result<PushAnswer, PartnerError> {
        let path = self.endpoints().entity_path(body.entity);
        let call = Call {
            method: Method::POST,
            url: self.endpoints().url(&format!("{path}/sync")),
            name: &format!("{path}/sync"),
            body: body.bytes.clone(),
            idempotency_key: Some(body.idempotency_key(chunk_id)),
            deadline: deadline.min(self.timeout()),
            may_be_missing: false,
        };
        let read = |answer: &Answer| {
            let fields: Map<String, Value> = parse(&answer.body)?;
            Ok(PushAnswer::of(&fields, &body.known_ids))
        };
        self.call(call, read).await.map_err(|error| within(error, body.len()))
    }
}

/// Details that name a record beyond the request mean nothing.
fn within(mut error: PartnerError, len: usize) -> PartnerError {
    if let PartnerError::Rejected { details, .. } | PartnerError::NewerVersion { details, .. } = &mut error {
        details.retain(|detail| detail.index < len);
    }
    error
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(json: &str) -> PushContent {
        PushContent::Upsert(serde_json::from_str(json).unwrap())
    }

    fn body(records: &[PushRecord]) -> PushBody {
        PushBody::new(EntityType::Customers, records, &serde_json::json!({"dry_run": false}), 12_345).unwrap()
    }

    #[test]
    fn a_body_has_the_form_of_the_contract() {
        let records = [
            PushRecord {
                external_id: 17,
                geniacs_id: Some("cust_1".into()),
                version: 3,
                body: fields(r#"{"customer_name": "Siti", "balance": 1.10, "deleted": true, "customer_id": "x"}"#),
            },
            PushRecord { external_id: 18, geniacs_id: None, version: 1, body: PushContent::Delete },
        ];
        let expected = concat!(
            r#"{"data":[{"external_id":"17","customer_id":"cust_1","version":3,"balance":1.10,"customer_name":"Siti"},"#,
            r#"{"external_id":"18","version":1,"deleted":true}],"options":{"dry_run":false},"sync_id":12345}"#
        );
        assert_eq!(body(&records).bytes(), expected.as_bytes());
    }

    #[test]
    fn the_same_bytes_carry_the_same_key_and_others_another() {
        let record = |version| PushRecord { external_id: 1, geniacs_id: None, version, body: PushContent::Delete };
        let key = |version, chunk| body(&[record(version)]).idempotency_key(chunk);
        assert_eq!(key(1, 7), key(1, 7));
        assert_ne!(key(1, 7), key(2, 7));
        assert_ne!(key(1, 7), key(1, 8));
        assert!(key(1, 7).starts_with("7-") && key(1, 7).len() == 2 + 64);
    }
}
