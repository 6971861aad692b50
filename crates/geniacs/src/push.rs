//! Sending records to the partner.

use crate::answer::{Answer, parse_answer};
use crate::client::PartnerCall;
use crate::reason::{self, mask_reason};
use crate::refusal::Refusal;
use crate::sign::sha256_hex;
use crate::{Client, PartnerError, PushAnswer, RecordResult};
use bytes::Bytes;
use domain::EntityType;
use reqwest::Method;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};
use std::cell::OnceCell;
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
                // A field that is named like the bookkeeping would stand in the object twice.
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
        let call = PartnerCall {
            method: Method::POST,
            url: self.endpoints().url(&format!("{path}/sync")),
            name: &format!("{path}/sync"),
            body: body.bytes.clone(),
            idempotency_key: Some(body.idempotency_key(chunk_id)),
            deadline: deadline.min(self.timeout()),
            may_be_missing: false,
        };

        let read = |answer: &Answer| {
            let fields: Map<String, Value> = parse_answer(&answer.body)?;
            match push_failure(answer, &fields) {
                Some(failure) => Err(failure),
                None => Ok(PushAnswer::of(&fields, &body.known_ids)),
            }
        };

        match self.call(call, read).await {
            // Partners repeat what they were sent, and values of records must not reach logs and errors.
            Ok(answer) => Ok(Sent::of(body).mask_results(answer)),
            Err(error) => Err(Sent::of(body).mask_error(error)),
        }
    }
}

/// The failure of a whole push that was answered with a 2xx. Where it tells of each record, that counts.
fn push_failure(answer: &Answer, fields: &Map<String, Value>) -> Option<PartnerError> {
    let tells_of_each = fields.get("results").and_then(Value::as_array).is_some_and(|results| !results.is_empty());
    let failure = answer.failure(fields).filter(|_| !tells_of_each)?;
    let error_type = fields.get("error").and_then(Value::as_object).and_then(reason::error_type);
    if error_type.as_deref() == Some("validation_error") {
        let Refusal { message, details } = Refusal::of(fields);
        return Some(PartnerError::Rejected { status: answer.status, message, details });
    }
    Some(failure)
}

/// The texts of the records of a request: what the partner says about it must not repeat them.
struct Sent<'a> {
    body: &'a PushBody,
    /// By the record's place; read once they are needed.
    texts: OnceCell<Vec<Vec<String>>>,
}

impl<'a> Sent<'a> {
    fn of(body: &'a PushBody) -> Self {
        Self { body, texts: OnceCell::new() }
    }

    fn texts(&self) -> &[Vec<String>] {
        self.texts.get_or_init(|| {
            let envelope: Value = serde_json::from_slice(&self.body.bytes).unwrap_or_default();
            let records = envelope.get("data").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
            records.iter().map(texts_of).collect()
        })
    }

    fn mask_record(&self, index: usize, message: &mut String) {
        if !message.is_empty() {
            *message = mask_reason(message, self.texts().get(index).map_or(&[], Vec::as_slice));
        }
    }

    fn mask_all(&self, message: &mut String) {
        if !message.is_empty() {
            *message = mask_reason(message, &self.texts().concat());
        }
    }

    fn mask_results(&self, mut answer: PushAnswer) -> PushAnswer {
        for (index, result) in answer.results.iter_mut().enumerate() {
            if let RecordResult::Failed { message, .. } = result {
                self.mask_record(index, message);
            }
        }
        answer
    }

    /// Details that name a record beyond the request mean nothing.
    fn mask_error(&self, mut error: PartnerError) -> PartnerError {
        match &mut error {
            PartnerError::Rejected { message, details, .. } | PartnerError::NewerVersion { message, details } => {
                details.retain(|detail| detail.index < self.body.len());
                for detail in details.iter_mut() {
                    self.mask_record(detail.index, &mut detail.message);
                }
                self.mask_all(message);
            }
            PartnerError::Credentials { reason, .. }
            | PartnerError::MissingEndpoint { reason, .. }
            | PartnerError::Unavailable { reason, .. }
            | PartnerError::SaidFailed { reason, .. } => self.mask_all(reason),
            _ => {}
        }
        error
    }
}

/// The texts of a record, but for words that say nothing about anybody; the longest first, since one may be part of
/// another.
fn texts_of(record: &Value) -> Vec<String> {
    let is_harmless = |name: &str| {
        name.ends_with("_id") || name.ends_with("status") || name.ends_with("_type") || name.ends_with("currency")
    };
    let fields = record.as_object().into_iter().flatten().filter(|(name, _)| !is_harmless(name));
    let mut texts: Vec<String> = fields.filter_map(|(_, value)| value.as_str()).map(str::to_owned).collect();
    texts.sort_unstable_by_key(|text| std::cmp::Reverse(text.len()));
    texts
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
