//! Reading a query parameter by parameter.

use super::fields::{Fields, UNKNOWN};
use super::{is_blank, rule};
use crate::error::ApiError;
use actix_web::HttpRequest;
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use domain::Reason;
use domain::integration::Invalid;
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::str::FromStr;
use storage::listing::{Place, Window};

/// Characters of a name that are repeated.
const SHOWN: usize = 64;
const DEFAULT_LIMIT: i64 = 10;
/// Of a counted list.
const MAX_PAGE_LIMIT: i64 = 100;
/// Of a list that is read from a cursor on.
const MAX_STRETCH_LIMIT: i64 = 250;
/// Beyond any list, and far from overflowing an offset.
const MAX_PAGE: i64 = 1_000_000_000;

/// A query on its way to checked values. Parameters that nobody takes are left alone: clients of other versions, and
/// what keeps caches off, may send them.
pub(crate) struct Query {
    parameters: HashMap<String, String>,
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
        let (mut parameters, mut problems) = (HashMap::new(), Vec::new());
        for (name, value) in url::form_urlencoded::parse(request.query_string().as_bytes()).into_owned() {
            if parameters.insert(name.clone(), value).is_some() {
                let reason = Reason::new("given_twice", "is given more than once");
                problems.push(Invalid::new(shown_name(&name), reason));
            }
        }

        Self { parameters, problems }
    }

    /// The filter of a list, as a JSON object: what the list itself takes as parameters of these names. A list stands for its
    /// items with commas between them.
    fn of_filter(filter: Map<String, Value>) -> Self {
        let mut query = Self { parameters: HashMap::new(), problems: Vec::new() };
        for (name, value) in filter.into_iter().filter(|(_, value)| !is_blank(value)) {
            let text = match &value {
                Value::Array(items) => {
                    items.iter().map(parameter_text).collect::<Option<Vec<_>>>().map(|texts| texts.join(","))
                }
                one => parameter_text(one),
            };

            if let Some(text) = text {
                query.parameters.insert(name, text);
            } else {
                let message = "must be a text, a number, true or false, or a list of such";
                query.problems.push(Invalid::new(name, Reason::new("wrong_type", message)));
            }
        }
        query
    }

    /// Takes the field `filter` of a body, whose fields are those that a list takes as parameters.
    pub(crate) fn filter_of<F>(body: &mut Fields, read: impl FnOnce(&mut Self) -> F) -> F {
        let not_an_object = || Reason::new("not_an_object", "must be an object");
        let filter = body.optional("filter", |value| value.as_object().cloned().ok_or_else(not_an_object));
        let mut query = Self::of_filter(filter.unwrap_or_default());

        let read = read(&mut query);
        body.problems(query.problems_of_filter());
        read
    }

    /// Refuses what a parameter says.
    pub(crate) fn refuse(&mut self, name: &str, reason: Reason) {
        self.problems.push(Invalid::new(name, reason));
    }

    /// Everything that is wrong in the filter of a body.
    fn problems_of_filter(mut self) -> Vec<Invalid> {
        let unknown = || Reason::new(UNKNOWN, "is not a field here");
        let unknown = self.parameters.keys().map(|name| Invalid::new(shown_name(name), unknown()));
        self.problems.extend(unknown);

        for problem in &mut self.problems {
            problem.field = format!("filter.{}", problem.field);
        }
        self.problems
    }

    /// `page` and `limit`.
    pub(crate) fn paging(&mut self) -> Paging {
        Paging {
            page: self.whole("page", 1, MAX_PAGE).unwrap_or(1),
            limit: self.whole("limit", 1, MAX_PAGE_LIMIT).unwrap_or(DEFAULT_LIMIT),
        }
    }

    /// How many items of an uncounted list at most.
    pub(crate) fn limit(&mut self) -> i64 {
        self.whole("limit", 1, MAX_STRETCH_LIMIT).unwrap_or(DEFAULT_LIMIT)
    }

    /// `after` or `before`, where a list goes by numbers.
    pub(crate) fn place_by_id(&mut self) -> Place<i64> {
        self.place(|text| text.parse().ok().filter(|id| *id >= 0))
    }

    /// `after` or `before`: where a stretch of an uncounted list lies.
    pub(crate) fn place<C>(&mut self, parse: impl Fn(&str) -> Option<C>) -> Place<C> {
        let after = self.parse("after", no_cursor(), &parse);
        let before = self.parse("before", no_cursor(), &parse);

        match (after, before) {
            (Some(_), Some(_)) => {
                self.problems
                    .push(Invalid::new("before", Reason::new("not_together", "must not stand beside `after`")));
                Place::First
            }
            (Some(row), None) => Place::After(row),
            (None, Some(row)) => Place::Before(row),
            (None, None) => Place::First,
        }
    }

    /// What a list that may grow long is narrowed by: `integration_id`, `from`, `to`, `after` or `before`, and `limit`. It
    /// holds one row more than asked for, which tells whether there is a further stretch.
    pub(crate) fn window(&mut self) -> Window {
        let place = self.place(|text| text.parse().ok());
        Window { place, limit: self.limit() + 1, ..self.span() }
    }

    /// What such a list is narrowed by: `integration_id`, `from` and `to`.
    pub(crate) fn span(&mut self) -> Window {
        let (from, to) = (self.moment("from", NaiveTime::MIN), self.moment("to", last_moment()));
        if from.zip(to).is_some_and(|(from, to)| from > to) {
            self.problems.push(Invalid::new("from", Reason::new("reversed", "must not be later than `to`")));
        }

        Window { integration_id: self.id("integration_id"), from, to, ..Window::default() }
    }

    /// A moment with its offset, or a day in UTC, which stands for its `time`.
    fn moment(&mut self, name: &str, time: NaiveTime) -> Option<DateTime<Utc>> {
        let message = "must be a moment like 2026-01-31T08:00:00Z, or a day like 2026-01-31";
        self.parse(name, Reason::new("not_a_moment", message), |text| {
            // A plus sign that was not escaped arrives as a blank.
            let moment = DateTime::parse_from_rfc3339(&text.replace(' ', "+")).ok().map(|moment| moment.to_utc());
            let moment = moment.or_else(|| Some(text.parse::<NaiveDate>().ok()?.and_time(time).and_utc()));
            moment.filter(|moment| rule::is_sensible(*moment))
        })
    }

    /// A time zone by its IANA name.
    pub(crate) fn time_zone(&mut self, name: &str) -> Option<chrono_tz::Tz> {
        self.parse(name, Reason::new("time_zone", "must be a time zone like Asia/Jakarta"), |text| text.parse().ok())
    }

    /// A day in UTC.
    pub(crate) fn day(&mut self, name: &str) -> Option<NaiveDate> {
        self.moment(name, NaiveTime::MIN).map(|moment| moment.date_naive())
    }

    /// Text of 1 to `most` characters.
    pub(crate) fn bounded_text(&mut self, name: &str, most: usize) -> Option<String> {
        let message = format!("must have from 1 to {most} characters, none of them a control character");
        self.parse(name, Reason::new("length", message).between(1, most), |text| {
            let fits = (1..=most).contains(&text.chars().count()) && !text.chars().any(char::is_control);
            fits.then(|| text.to_owned())
        })
    }

    /// One of these names.
    pub(crate) fn one_of(&mut self, name: &str, known: &[&'static str]) -> Option<&'static str> {
        let reason =
            Reason::new("unknown_name", format!("must be one of: {}", known.join(", "))).with("choices", known);
        self.parse(name, reason, |text| known.iter().copied().find(|known| *known == text))
    }

    pub(crate) fn flag(&mut self, name: &str) -> Option<bool> {
        self.parse(name, Reason::new("not_a_flag", "must be true or false"), |text| match text {
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
                self.problems.push(Invalid::new(name, error));
                None
            }
        }
    }

    /// Some of an enum's names, separated by commas; each counts once.
    pub(crate) fn names<T: FromStr<Err = domain::UnknownName> + PartialEq>(&mut self, name: &str) -> Vec<T> {
        let given = self.parameters.remove(name);
        let mut names = Vec::new();
        for text in given.iter().flat_map(|given| given.split(',')) {
            match text.parse::<T>() {
                Ok(value) if names.contains(&value) => {}
                Ok(value) => names.push(value),
                Err(error) => self.problems.push(Invalid::new(name, error)),
            }
        }
        names
    }

    /// Notes that a parameter must be there.
    pub(crate) fn missing(&mut self, name: &str) {
        // A parameter that is there but wrong was named already.
        if !self.problems.iter().any(|problem| problem.field == name) {
            self.problems.push(Invalid::new(name, Reason::required()));
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
    pub(crate) fn finish(self) -> Result<(), ApiError> {
        if self.problems.is_empty() { Ok(()) } else { Err(ApiError::BadParameter(self.problems)) }
    }

    fn whole(&mut self, name: &str, least: i64, most: i64) -> Option<i64> {
        self.parse(name, rule::range(least, most), |text| {
            text.parse().ok().filter(|number| (least..=most).contains(number))
        })
    }

    fn parse<T>(&mut self, name: &str, reason: Reason, parse: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        let text = self.parameters.remove(name)?;
        let value = parse(&text);
        if value.is_none() {
            self.problems.push(Invalid::new(name, reason));
        }
        value
    }
}

/// A JSON value as a parameter of a query has it.
fn parameter_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

/// What is wrong with a text that is no cursor.
fn no_cursor() -> Reason {
    Reason::new("not_a_cursor", "must be a cursor that an earlier answer gave as prev_cursor or next_cursor")
}

/// Enough of a name to be recognised.
fn shown_name(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(SHOWN).collect()
}

/// The last moment of a day that the database tells apart.
fn last_moment() -> NaiveTime {
    NaiveTime::from_hms_micro_opt(23, 59, 59, 999_999).unwrap_or(NaiveTime::MIN)
}
