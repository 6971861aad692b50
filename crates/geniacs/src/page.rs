//! Listing the partner's records.

use crate::answer::{Answer, malformed, parse};
use crate::client::Call;
use crate::{Client, PartnerError, Record};
use chrono::{DateTime, SecondsFormat, Utc};
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
    /// Where the next page begins; none at the end.
    pub next_cursor: Option<String>,
}

/// Ten times the longest page that can be asked for: what is longer is no page.
const MOST_RECORDS: usize = 50_000;

/// The form of a page. Nothing is read of its records, so that one of them cannot spoil the others.
#[derive(Deserialize)]
struct Form {
    data: Vec<IgnoredAny>,
    #[serde(default, rename = "next_cursor")]
    _next_cursor: IgnoredAny,
}

impl Page {
    fn parse(entity: EntityType, answer: &Answer) -> Result<Self, PartnerError> {
        let form: Form =
            serde_json::from_slice(&answer.body).map_err(|error| malformed(&answer.body, &error.into()))?;
        if form.data.len() > MOST_RECORDS {
            return Err(PartnerError::Malformed { reason: format!("a page of more than {MOST_RECORDS} records") });
        }

        let next_cursor = json::member(&answer.body, "next_cursor").map(parse).transpose()?;
        let mut page = Self { next_cursor: cursor(next_cursor)?, ..Self::default() };

        let records = json::member(&answer.body, "data").map(json::items);
        for (index, record) in records.into_iter().flatten().enumerate() {
            match Record::parse(entity, record) {
                Ok(record) => page.records.push(record),
                Err(reason) => page.malformed.push(format!("record {index} of the page: {reason}")),
            }
        }
        Ok(page)
    }
}

fn cursor(value: Option<Value>) -> Result<Option<String>, PartnerError> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(cursor)) => Ok(Some(cursor).filter(|cursor| !cursor.is_empty())),
        Some(Value::Number(cursor)) => Ok(Some(cursor.to_string())),
        Some(_) => Err(PartnerError::Malformed { reason: "next_cursor is not a text".to_owned() }),
    }
}

impl Client {
    /// One page of a listing.
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
        self.listed(entity, url).await
    }

    pub(crate) async fn listed(&self, entity: EntityType, url: Url) -> Result<Page, PartnerError> {
        self.get_json(url, &self.endpoints().entity_path(entity), |answer| Page::parse(entity, answer)).await
    }

    /// One record by its Geniacs id, none if the partner does not know it.
    pub async fn get(&self, entity: EntityType, geniacs_id: &str) -> Result<Option<Record>, PartnerError> {
        let Some(url) = self.endpoints().record_url(entity, geniacs_id) else { return Ok(None) };
        let path = self.endpoints().entity_path(entity);
        let call = Call { may_be_missing: true, ..self.getting(url, &path) };
        let read = |answer: &Answer| {
            let _: IgnoredAny = parse(&answer.body)?;
            Record::parse(entity, &answer.body).map_err(|reason| PartnerError::Malformed { reason })
        };
        match self.call(call, read).await {
            Err(error) if error.is_missing() => Ok(None),
            record => record.map(Some),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(body: &str) -> Result<Page, PartnerError> {
        let answer = Answer { body: body.to_owned().into() };
        Page::parse(EntityType::Customers, &answer)
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
    fn anything_but_a_page_is_malformed() {
        for body in
            ["", "[]", "{}", "<html>", r#"{"data": {}}"#, r#"{"data": []"#, r#"{"data": [], "next_cursor": {}}"#]
        {
            assert!(matches!(parse(body), Err(PartnerError::Malformed { .. })), "{body}");
        }
    }
}
