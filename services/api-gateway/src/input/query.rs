//! Reading a query parameter by parameter.

use super::rule;
use crate::error::ApiError;
use actix_web::HttpRequest;
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use domain::integration::Invalid;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::str::FromStr;
use storage::listing::Window;

const CURSOR: &str = "must be a cursor that an earlier answer gave as next_cursor";
/// Characters of a name that are repeated.
const SHOWN: usize = 64;
const DEFAULT_LIMIT: i64 = 10;
const MAX_LIMIT: i64 = 100;
/// Beyond any list, and far from overflowing an offset.
const MAX_PAGE: i64 = 1_000_000_000;

/// A query on its way to checked values. Parameters that nobody takes are left alone: clients of other versions, and
/// what keeps caches off, may send them.
pub(crate) struct Query {
    parameters: HashMap<String, String>,
    /// The further values of parameters that are given more than once.
    further: HashMap<String, Vec<String>>,
    problems: Vec<Invalid>,
}

/// A page of a counted list.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Paging {
    /// From 1.
    pub(crate) page: i64,
    /// Items per page.
    pub(crate) limit: i64,
}

impl Paging {
    /// Items before this page.
    pub(crate) fn offset(self) -> i64 {
        (self.page - 1) * self.limit
    }
}

impl Query {
    pub(crate) fn of(request: &HttpRequest) -> Self {
        let mut parameters = HashMap::new();
        let mut further: HashMap<String, Vec<String>> = HashMap::new();
        for (name, value) in url::form_urlencoded::parse(request.query_string().as_bytes()).into_owned() {
            match parameters.entry(name) {
                Entry::Vacant(free) => {
                    free.insert(value);
                }
                Entry::Occupied(taken) => further.entry(taken.key().clone()).or_default().push(value),
            }
        }
        Self { parameters, further, problems: Vec::new() }
    }

    /// `page` and `limit`.
    pub(crate) fn paging(&mut self) -> Paging {
        Paging { page: self.whole("page", 1, MAX_PAGE).unwrap_or(1), limit: self.limit() }
    }

    /// How many items at most.
    pub(crate) fn limit(&mut self) -> i64 {
        self.whole("limit", 1, MAX_LIMIT).unwrap_or(DEFAULT_LIMIT)
    }

    /// The cursor of an uncounted list that goes by ascending ids: items after this one.
    pub(crate) fn after(&mut self) -> i64 {
        self.parse("after", CURSOR, |text| text.parse().ok().filter(|id| *id >= 0)).unwrap_or_default()
    }

    /// What a list that may grow long is narrowed by: `integration_id`, `from`, `to`, `after` and `limit`. It holds one
    /// row more than asked for, which tells whether there is a next stretch.
    pub(crate) fn window(&mut self) -> Window {
        let (from, to) = (self.moment("from", NaiveTime::MIN), self.moment("to", last_moment()));
        if from.zip(to).is_some_and(|(from, to)| from > to) {
            self.problems.push(Invalid::new("from", "must not be later than `to`"));
        }
        Window {
            integration_id: self.id("integration_id"),
            from,
            to,
            after: self.parse("after", CURSOR, |text| text.parse().ok()),
            limit: self.limit() + 1,
        }
    }

    /// A moment with its offset, or a day in UTC, which stands for its `time`.
    fn moment(&mut self, name: &str, time: NaiveTime) -> Option<DateTime<Utc>> {
        let message = "must be a moment like 2026-01-31T08:00:00Z, or a day like 2026-01-31";
        self.parse(name, message, |text| {
            // A plus sign that was not escaped arrives as a blank.
            let moment = DateTime::parse_from_rfc3339(&text.replace(' ', "+")).ok().map(|moment| moment.to_utc());
            let moment = moment.or_else(|| Some(text.parse::<NaiveDate>().ok()?.and_time(time).and_utc()));
            moment.filter(|moment| rule::is_sensible(*moment))
        })
    }

    /// A day in UTC.
    pub(crate) fn day(&mut self, name: &str) -> Option<NaiveDate> {
        self.moment(name, NaiveTime::MIN).map(|moment| moment.date_naive())
    }

    /// Text of 1 to `most` characters.
    pub(crate) fn bounded_text(&mut self, name: &str, most: usize) -> Option<String> {
        let message = format!("must have from 1 to {most} characters, none of them a control character");
        self.parse(name, &message, |text| {
            let fits = (1..=most).contains(&text.chars().count()) && !text.chars().any(char::is_control);
            fits.then(|| text.to_owned())
        })
    }

    /// One of these names.
    pub(crate) fn one_of(&mut self, name: &str, known: &[&'static str]) -> Option<&'static str> {
        let message = format!("must be one of: {}", known.join(", "));
        self.parse(name, &message, |text| known.iter().copied().find(|known| *known == text))
    }

    pub(crate) fn flag(&mut self, name: &str) -> Option<bool> {
        self.parse(name, "must be true or false", |text| match text {
            "true" | "1" => Some(true),
            "false" | "0" => Some(false),
            _ => None,
        })
    }

    pub(crate) fn id(&mut self, name: &str) -> Option<i64> {
        self.whole(name, 1, i64::MAX)
    }

    /// Any text.
    pub(crate) fn text(&mut self, name: &str) -> Option<String> {
        self.parameters.remove(name)
    }

    /// One of an enum's names.
    pub(crate) fn name<T: FromStr<Err = domain::UnknownName>>(&mut self, name: &str) -> Option<T> {
        match self.parameters.remove(name)?.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                self.problems.push(Invalid::new(name, error.to_string()));
                None
            }
        }
    }

    /// Some of an enum's names, each once: in parameters of the same name, or separated by commas.
    pub(crate) fn names<T: FromStr<Err = domain::UnknownName> + PartialEq>(&mut self, name: &str) -> Vec<T> {
        let given = self.parameters.remove(name).into_iter().chain(self.further.remove(name).into_iter().flatten());
        let mut names = Vec::new();
        for text in given.collect::<Vec<_>>().iter().flat_map(|given| given.split(',')) {
            match text.parse::<T>() {
                Ok(value) if names.contains(&value) => {}
                Ok(value) => names.push(value),
                Err(error) => self.problems.push(Invalid::new(name, error.to_string())),
            }
        }
        names
    }

    /// Notes that a parameter must be there.
    pub(crate) fn missing(&mut self, name: &str) {
        if !self.problems.iter().any(|problem| problem.field == name) {
            self.problems.push(Invalid::new(name, "is required"));
        }
    }

    /// Two parameters that must both be there.
    pub(crate) fn both<A, B>(&mut self, first: (&str, Option<A>), second: (&str, Option<B>)) -> Option<(A, B)> {
        if first.1.is_none() {
            self.missing(first.0);
        }
        if second.1.is_none() {
            self.missing(second.0);
        }
        first.1.zip(second.1)
    }

    /// Refuses the query with everything that is wrong in it.
    pub(crate) fn finish(mut self) -> Result<(), ApiError> {
        let repeated = self.further.keys().map(|name| Invalid::new(shown(name), "is given more than once"));
        self.problems.extend(repeated);
        if self.problems.is_empty() { Ok(()) } else { Err(ApiError::BadParameter(self.problems)) }
    }

    fn whole(&mut self, name: &str, least: i64, most: i64) -> Option<i64> {
        let message = format!("must be a whole number from {least} to {most}");
        self.parse(name, &message, |text| text.parse().ok().filter(|number| (least..=most).contains(number)))
    }

    fn parse<T>(&mut self, name: &str, message: &str, parse: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        let text = self.parameters.remove(name)?;
        let value = parse(&text);
        if value.is_none() {
            self.problems.push(Invalid::new(name, message));
        }
        value
    }
}

/// Enough of a name to be recognised.
fn shown(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(SHOWN).collect()
}

/// The last moment of a day that the database tells apart.
fn last_moment() -> NaiveTime {
    NaiveTime::from_hms_micro_opt(23, 59, 59, 999_999).unwrap_or(NaiveTime::MIN)
}
