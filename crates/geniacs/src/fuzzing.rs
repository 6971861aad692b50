//! The readers of a partner's answers, for tests that give them anything.

use crate::answer::{Answer, RequestTime, parse_answer};
use crate::{Health, Page, PartnerError, PushAnswer};
use bytes::Bytes;
use chrono::DateTime;
use domain::EntityType;
use serde_json::{Map, Value};

/// Reads a listing's page.
pub fn page(entity: EntityType, body: &[u8]) -> Result<Page, PartnerError> {
    let asked = RequestTime { at: DateTime::UNIX_EPOCH, partner_ahead: 0 };
    Page::parse(entity, &Answer { status: 200, body: Bytes::copy_from_slice(body), asked })
}

/// Reads the answer to a push of so many records without an id.
pub fn push_answer(body: &[u8], sent: usize) -> Result<PushAnswer, PartnerError> {
    let fields: Map<String, Value> = parse_answer(body)?;
    Ok(PushAnswer::of(&fields, &vec![None; sent]))
}

/// Reads what a partner says of itself.
pub fn health(body: &[u8]) -> Result<Health, PartnerError> {
    Ok(Health::of(&parse_answer(body)?, DateTime::UNIX_EPOCH))
}
