//! Listing the partner's records.

use crate::answer::{Answer, malformed_answer, parse_answer};
use crate::client::PartnerCall;
use crate::{Client, PartnerError, Record};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use domain::{EntityType, json};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;
use url::Url;

/// Which part of a listing is asked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct PageRequest<'a> {
    /// How many records; the partner may send others.
    pub limit: u32,
    /// The `next_cursor` of the page before, none for the first.
    pub cursor: Option<&'a str>,
    /// Only what changed at or after this moment of the partner's clock.
    pub updated_since: Option<DateTime<Utc>>,
}

/// Part of a listing. It may repeat records of an earlier page, and may be empty although more follow.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Page {
    /// The records that can be used.
    pub records: Vec<Record>,
    /// Why each of the others cannot: its place in the page, its id if it has one, and the reason.
    pub malformed: Vec<String>,
    /// What else a person may want to know of it.
    pub notices: Vec<String>,
    /// Where the next page begins; none at the end.
    pub next_cursor: Option<String>,
    /// When it was asked for, by the partner's clock.
    pub asked_at_partner: Option<DateTime<Utc>>,
}

/// The result of asking for one record.
#[derive(Debug, Clone, PartialEq)]
pub enum Lookup {
    /// The partner has it.
    Found(Record),
    /// The partner does not have it.
    Gone {
        /// The id of the record that it answered with instead, as after it has merged the two.
        other_id: Option<String>,
    },
    /// Unknown, for this reason: the record cannot be asked for, or the answer cannot be read.
    Unknown(String),
}

impl Lookup {
    /// Whether the partner does not have it, or has it as deleted.
    pub const fn is_gone(&self) -> bool {
        match self {
            Self::Gone { .. } => true,
            Self::Found(record) => record.deleted,
            Self::Unknown(_) => false,
        }
    }

    /// The record, if the partner has it.
    pub fn record(self) -> Option<Record> {
        match self {
            Self::Found(record) => Some(record),
            Self::Gone { .. } | Self::Unknown(_) => None,
        }
    }
}

/// Ten times the longest page that can be asked for: what is longer is no page.
const MOST_RECORDS: usize = 50_000;
/// A cursor goes into an address, and addresses have their limits.
const LONGEST_CURSOR: usize = 4_096;

/// The form of a page. Nothing is read of its records, so that one of them cannot spoil the others.
#[derive(Deserialize)]
struct PageForm {
    #[serde(default)]
    data: Option<Vec<IgnoredAny>>,
    #[serde(default, rename = "next_cursor")]
    _next_cursor: IgnoredAny,
}

impl Page {
    pub(crate) fn parse(entity: EntityType, answer: &Answer) -> Result<Self, PartnerError> {
        let form: Result<PageForm, _> = serde_json::from_slice(&answer.body);
        // An error that the partner names says more than "no page", so it is looked for first; only JSON can name
        // one.
        let is_json = form.is_ok() || serde_json::from_slice::<IgnoredAny>(&answer.body).is_ok();
        if let Some(failure) = is_json.then(|| answer.failure_in_body()).flatten() {
            return Err(failure);
        }

        let form = form.map_err(|error| malformed_answer(&answer.body, &error.into()))?;

        let Some(data) = form.data else {
            return Err(PartnerError::Malformed { reason: "it has no `data`".to_owned() });
        };

        // Memory must not grow with what a partner sends.
        if data.len() > MOST_RECORDS {
            return Err(PartnerError::Malformed { reason: format!("a page of more than {MOST_RECORDS} records") });
        }

        let next_cursor = json::member(&answer.body, "next_cursor").map(parse_answer).transpose()?;
        let partner_ahead = TimeDelta::microseconds(answer.asked.partner_ahead);
        let asked_at_partner = answer.asked.at.checked_add_signed(partner_ahead);
        let mut page = Self { next_cursor: read_cursor(next_cursor)?, asked_at_partner, ..Self::default() };

        let records = json::member(&answer.body, "data").map(json::items);
        for (index, record) in records.into_iter().flatten().enumerate() {
            match Record::parse(entity, record, answer.asked) {
                Ok(record) => page.records.push(record),
                Err(reason) => page.malformed.push(format!("record {index} of the page: {reason}")),
            }
        }
        Ok(page)
    }
}

fn read_cursor(value: Option<Value>) -> Result<Option<String>, PartnerError> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(cursor)) if cursor.len() > LONGEST_CURSOR || cursor.contains('\0') => {
            let reason = format!("next_cursor is longer than {LONGEST_CURSOR} bytes, or holds NUL");
            Err(PartnerError::Malformed { reason })
        }
        Some(Value::String(cursor)) => Ok(Some(cursor).filter(|cursor| !cursor.is_empty())),
        Some(Value::Number(cursor)) => Ok(Some(cursor.to_string())),
        Some(_) => Err(PartnerError::Malformed { reason: "next_cursor is not a text".to_owned() }),
    }
}

impl Client {
    /// One page of a listing. [`PartnerError::DeadCursor`]: the listing has to be begun anew.
    pub async fn page(&self, entity: EntityType, request: &PageRequest<'_>) -> Result<Page, PartnerError> {
        let mut url = self.endpoints().url(&self.endpoints().entity_path(entity));
        {
            let mut query = url.query_pairs_mut();
            query.append_pair("limit", &request.limit.max(1).to_string());
            if let Some(cursor) = request.cursor {
                query.append_pair("cursor", cursor);
            }
            if let Some(since) = request.updated_since {
                query.append_pair("updated_since", &since.to_rfc3339_opts(SecondsFormat::AutoSi, true));
            }
        }
        let page = self.listed(entity, url).await;
        if request.cursor.is_some() { page.map_err(PartnerError::of_later_page) } else { page }
    }

    pub(crate) async fn listed(&self, entity: EntityType, url: Url) -> Result<Page, PartnerError> {
        self.get_json(url, &self.endpoints().entity_path(entity), |answer| Page::parse(entity, answer)).await
    }

    /// One record by its Geniacs id. One whose id does not fit into an address is not asked for.
    pub async fn get(&self, entity: EntityType, geniacs_id: &str) -> Result<Lookup, PartnerError> {
        let Some(url) = self.endpoints().record_url(entity, geniacs_id) else {
            return Ok(Lookup::Unknown("it cannot be asked for: its id does not fit into an address".to_owned()));
        };

        let path = self.endpoints().entity_path(entity);
        let call = PartnerCall { may_be_missing: true, ..self.getting(url, &path) };

        let read = |answer: &Answer| {
            let _: IgnoredAny = parse_answer(&answer.body)?;
            // A field of the record may be called `error`.
            let is_record = json::member(&answer.body, entity.id_field()).is_some();
            match answer.failure_in_body().filter(|_| !is_record) {
                Some(failure) => Err(failure),
                None => Ok(Record::parse(entity, &answer.body, answer.asked)),
            }
        };

        match self.call(call, read).await {
            // Only a 404 or a 410 says that the record is gone; other errors say nothing about it.
            Err(error) if error.is_missing() => Ok(Lookup::Gone { other_id: None }),
            // The partner has merged the record into another one, or given it a new id.
            Ok(Ok(record)) if record.geniacs_id != geniacs_id => Ok(Lookup::Gone { other_id: Some(record.geniacs_id) }),
            Ok(Ok(record)) => Ok(Lookup::Found(record)),
            Ok(Err(reason)) => Ok(Lookup::Unknown(format!("it cannot be read: {reason}"))),
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::RequestTime;

    fn parse(body: &str) -> Result<Page, PartnerError> {
        let asked = RequestTime { at: DateTime::UNIX_EPOCH, partner_ahead: 0 };
        let answer = Answer { status: 200, body: body.to_owned().into(), asked };
        Page::parse(EntityType::Customers, &answer).map(|page| Page { asked_at_partner: None, ..page })
    }

    #[test]
    fn a_malformed_record_does_not_spoil_its_page() {
        let deep = "[".repeat(10_000) + &"]".repeat(10_000);
        let page = parse(&format!(
            r#"{{"data": [{{"customer_id": "a"}}, 7, {{"customer_id": "b", "x": {deep}}}, {{"n": "\ud800"}},
                {{"customer_id": "c"}}], "next_cursor": "n", "total": 5}}"#
        ))
        .unwrap();

        let ids: Vec<_> = page.records.iter().map(|record| record.geniacs_id.as_str()).collect();

        assert_eq!(ids, ["a", "c"]);
        assert_eq!(page.malformed.len(), 3);
        assert!(page.malformed[0].starts_with("record 1 of the page"), "{}", page.malformed[0]);
        assert_eq!(page.next_cursor.as_deref(), Some("n"));
    }

    #[test]
    fn a_record_that_would_nest_or_grow_without_bound_fails_alone() {
        let nested =
            (0..5_000).fold("1".to_owned(), |text, _| format!(r#"{{"$serde_json::private::RawValue":{text}}}"#));
        let page = parse(&format!(
            r#"{{"data": [{{"customer_id": "a"}}, {nested}, {{"customer_id": "b", "balance": 1e131071}},
                {{"customer_id": "c", "n": {{"\u0024serde_json::private::Number": "7"}}}}, {{"customer_id": "d"}}]}}"#
        ))
        .unwrap();

        let ids: Vec<_> = page.records.iter().map(|record| record.geniacs_id.as_str()).collect();

        assert_eq!(ids, ["a", "d"]);
        assert_eq!(page.malformed.len(), 3);
        assert!(page.malformed[1].contains("more than 400 digits"), "{}", page.malformed[1]);
    }

    #[test]
    fn the_end_of_a_listing_is_a_missing_null_or_empty_cursor() {
        for end in [r#"{"data": []}"#, r#"{"data": [], "next_cursor": null}"#, r#"{"data": [], "next_cursor": ""}"#] {
            assert_eq!(parse(end).unwrap(), Page::default());
        }
        assert_eq!(parse(r#"{"data": [], "next_cursor": 5}"#).unwrap().next_cursor.as_deref(), Some("5"));
    }

    #[test]
    fn a_page_that_says_that_it_failed_is_a_failure_with_its_reason() {
        for body in [
            r#"{"success": false, "error": {"type": "quota", "message": "none left"}}"#,
            r#"{"success": false, "data": [], "error": {"type": "quota", "message": "none left"}}"#,
            r#"{"error": {"type": "quota", "message": "none left"}, "data": null}"#,
            r#"{"success": false, "data": {}, "error": "quota: none left"}"#,
        ] {
            let failed = PartnerError::SaidFailed { status: 200, reason: "quota: none left".to_owned() };
            assert_eq!(parse(body), Err(failed), "{body}");
        }

        for body in [r#"{"success": true, "data": [], "error": null}"#, r#"{"data": [], "error": "late"}"#] {
            assert_eq!(parse(body), Ok(Page::default()), "{body}");
        }
    }

    #[test]
    fn a_cursor_that_cannot_be_kept_or_asked_for_is_malformed() {
        let long = format!(r#"{{"data": [], "next_cursor": "{}"}}"#, "x".repeat(LONGEST_CURSOR + 1));
        for body in [long.as_str(), r#"{"data": [], "next_cursor": "a\u0000"}"#] {
            assert!(matches!(parse(body), Err(PartnerError::Malformed { .. })), "{body}");
        }
    }

    #[test]
    fn anything_but_a_page_is_malformed() {
        for body in
            ["", "[]", "{}", "<html>", r#"{"data": {}}"#, r#"{"data": []"#, r#"{"data": [], "next_cursor": {}}"#]
        {
            assert!(matches!(parse(body), Err(PartnerError::Malformed { .. })), "{body}");
        }
    }
}
