//! Reading an object field by field.

use super::body::holds_nul;
use super::field::{self, Field};
use super::rule;
use super::sketch::Sketch;
use crate::error::ApiError;
use domain::Reason;
use domain::integration::Invalid;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// The code of a field that nobody asked for.
pub(super) const UNKNOWN: &str = "unknown_field";
/// Enough of a name or a message to be understood.
const SHOWN: usize = 200;

/// An object on its way from JSON to a checked value. What was not taken by the end is an unknown field.
#[derive(Clone)]
pub(crate) struct Fields {
    /// Put before names in problems: `configuration.`, or nothing.
    prefix: String,
    rest: Map<String, Value>,
    /// What an edit leaves as it is. It is no unknown field where nothing takes it.
    current: Map<String, Value>,
    problems: Vec<Invalid>,
    /// Nothing is read, and each field is noted.
    sketch: Option<Sketch>,
}

impl Fields {
    pub(crate) fn new(map: Map<String, Value>) -> Self {
        Self::within(String::new(), map)
    }

    fn within(prefix: String, rest: Map<String, Value>) -> Self {
        Self { prefix, rest, current: Map::new(), problems: Vec::new(), sketch: None }
    }

    /// Fields that are only described.
    pub(super) fn sketched(sketch: Sketch) -> Self {
        Self { sketch: Some(sketch), ..Self::new(Map::new()) }
    }

    /// Fills in what an edit leaves out with what is there, so that it is checked as a whole. Null takes a field back to
    /// what it is without being told. `current` may say more than a body may.
    pub(crate) fn over(self, current: Value) -> Self {
        let Value::Object(current) = current else { return self };
        Self { current, ..self }
    }

    /// What a field says, or what is there where an edit leaves it out; nothing where that is blank.
    fn given(&mut self, name: &str) -> Option<Value> {
        let (given, current) = (self.rest.remove(name), self.current.remove(name));
        given.or(current).filter(|value| !is_blank(value))
    }

    /// Takes a field that is described as it is read.
    pub(crate) fn take<T>(&mut self, name: &str, field: Field<'_, T>) -> Option<T> {
        if let Some(sketch) = &self.sketch {
            sketch.note(name, field.said);
            return None;
        }
        if field.said.is_required { self.required(name, field.read) } else { self.optional(name, field.read) }
    }

    /// Takes a field that is this unless told.
    pub(crate) fn take_or<T: Clone + Into<Value>>(&mut self, name: &str, mut field: Field<'_, T>, default: T) -> T {
        field.said.default_of_new = Some(default.clone().into());
        self.take(name, field).unwrap_or(default)
    }

    /// Refuses another value than this one, which stays to be taken. An id may be given as text.
    pub(crate) fn fixed(&mut self, name: &str, value: &Value, instead: &str) {
        if let Some(sketch) = &self.sketch {
            sketch.fix(name);
        }

        let is_other = |given: Value| given != *value && given.as_str() != Some(&value.to_string());
        if self.rest.insert(name.to_owned(), value.clone()).is_some_and(is_other) {
            self.problem(name, Reason::new("fixed", format!("cannot be changed; {instead}")));
        }
    }

    /// Takes a field that may be absent, null or an empty text, as forms send what nobody filled in.
    pub(crate) fn optional<T, E: Into<Reason>>(
        &mut self,
        name: &str,
        rule: impl FnOnce(&Value) -> Result<T, E>,
    ) -> Option<T> {
        let value = self.given(name)?;
        rule(&value).map_err(|reason| self.problem(name, reason)).ok()
    }

    /// Takes a field that must be there.
    pub(crate) fn required<T, E: Into<Reason>>(
        &mut self,
        name: &str,
        rule: impl FnOnce(&Value) -> Result<T, E>,
    ) -> Option<T> {
        let value = self.optional(name, rule);
        self.demand(name, value.is_some(), Reason::required());
        value
    }

    /// Takes an object; what is read from it is given back with [`Fields::absorb`]. Absent counts as empty.
    pub(crate) fn object(&mut self, name: &str) -> Self {
        let rest = match self.given(name) {
            None => Map::new(),
            Some(Value::Object(map)) => map,
            Some(_) => {
                self.problem(name, Reason::new("not_an_object", "must be an object"));
                Map::new()
            }
        };
        Self::within(format!("{}{name}.", self.prefix), rest)
    }

    /// As [`Fields::object`], where documents describe the object as a `T`.
    pub(crate) fn object_like<T: ToSchema>(&mut self, name: &str) -> Self {
        if let Some(sketch) = &self.sketch {
            sketch.note(name, field::of_type::<T, _, _>(rule::any).said);
        }
        self.object(name)
    }

    /// Takes over the problems of an object, its unknown fields included.
    pub(crate) fn absorb(&mut self, mut object: Self) {
        if let (Some(sketch), Some(item)) = (&self.sketch, &object.sketch) {
            sketch.note_list(item);
        }
        object.refuse_unknown();
        self.problems.append(&mut object.problems);
    }

    /// Takes a list of at most `most` objects, each to be read and given back with [`Fields::absorb`]. `item` is what
    /// documents call one, and say of it.
    pub(crate) fn list(
        &mut self,
        name: &'static str,
        most: usize,
        item: (&'static str, &'static str),
    ) -> Option<Vec<Self>> {
        if self.sketch.is_some() {
            return Some(vec![Self::sketched(Sketch::of_item(name, most, item))]);
        }

        let items = match self.rest.remove(name) {
            Some(Value::Array(items)) if items.len() <= most => items,
            Some(Value::Array(_)) => {
                let reason = Reason::new("too_many_items", format!("must have at most {most} items"));
                return self.no_list(name, reason.with("maximum", most));
            }
            Some(other) if !is_blank(&other) => return self.no_list(name, Reason::new("not_a_list", "must be a list")),
            _ => return self.no_list(name, Reason::required()),
        };

        let mut read = Vec::with_capacity(items.len());
        for (position, item) in items.into_iter().enumerate() {
            let place = format!("{name}[{position}]");
            match item {
                Value::Object(rest) => {
                    read.push(Self::within(format!("{}{place}.", self.prefix), rest));
                }
                _ => self.problem(&place, Reason::new("not_an_object", "must be an object")),
            }
        }
        Some(read)
    }

    fn no_list(&mut self, name: &str, reason: Reason) -> Option<Vec<Self>> {
        self.problem(name, reason);
        None
    }

    /// Reads all that is left as a `T` whose fields are all optional, one by one, so that each wrong one is named.
    pub(crate) fn all<T: DeserializeOwned + Default>(&mut self) -> T {
        let rest = std::mem::take(&mut self.rest);
        let mut fine = Map::new();
        for (name, value) in rest {
            let is_blank = is_blank(&value);
            let tried = if is_blank { Value::Null } else { value.clone() };
            match serde_json::from_value::<T>(Value::Object(Map::from_iter([(name.clone(), tried)]))) {
                Ok(_) if is_blank => {}
                Ok(_) => _ = fine.insert(name, value),
                // A name that is not known is a problem, whatever it holds.
                Err(error) if is_blank && !error.to_string().contains("unknown field") => {}
                Err(error) if error.to_string().contains("unknown field") => {
                    self.problem(&name, Reason::new(UNKNOWN, error.to_string()));
                }
                Err(error) => self.problem(&name, Reason::new("wrong_type", error.to_string())),
            }
        }

        serde_json::from_value(Value::Object(fine)).unwrap_or_default()
    }

    /// A field as it was sent, which stays to be taken.
    pub(crate) fn raw(&self, name: &str) -> Option<Value> {
        self.rest.get(name).cloned()
    }

    /// Whether an object that was not taken yet has a field.
    pub(crate) fn holds(&self, object: &str, name: &str) -> bool {
        self.rest.get(object).and_then(|object| object.get(name)).is_some_and(|value| !is_blank(value))
    }

    /// Whether a field that was not taken yet says something.
    pub(crate) fn says(&self, name: &str) -> bool {
        self.rest.get(name).is_some_and(|value| !is_blank(value))
    }

    /// Whether a field is there that was not taken yet.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.rest.contains_key(name)
    }

    /// Notes that a field is missing for this reason, unless something else is wrong with it already.
    pub(crate) fn demand(&mut self, name: &str, is_given: bool, reason: impl Into<Reason>) {
        let field = format!("{}{name}", self.prefix);
        if !is_given && !self.problems.iter().any(|problem| problem.field == field) {
            self.problem(name, reason);
        }
    }

    /// Whether no problem was met so far.
    pub(crate) fn is_fine(&self) -> bool {
        self.problems.is_empty()
    }

    /// Notes what is wrong with a field of this object.
    pub(crate) fn problem(&mut self, name: &str, reason: impl Into<Reason>) {
        let shown = |text: &str| text.chars().filter(|c| !c.is_control()).take(SHOWN).collect::<String>();
        let field = format!("{}{}", self.prefix, shown(name));
        let reason = reason.into();
        self.problems.push(Invalid::new(field, Reason { message: shown(&reason.message), ..reason }));
    }

    /// Notes what a rule of the domain found; its fields are full paths.
    pub(crate) fn problems(&mut self, found: impl IntoIterator<Item = Invalid>) {
        self.problems.extend(found);
    }

    /// Notes what a rule of the domain found in this object; its fields are named within it.
    pub(crate) fn problems_within(&mut self, found: impl IntoIterator<Item = Invalid>) {
        let prefix = self.prefix.clone();
        self.problems.extend(found.into_iter().map(|one| one.within(&prefix)));
    }

    /// Gives what was built from the fields, or every problem that was met.
    pub(crate) fn finish<T>(mut self, built: Option<T>) -> Result<T, ApiError> {
        self.refuse_unknown();
        match built {
            Some(built) if self.problems.is_empty() => Ok(built),
            _ => Err(ApiError::Invalid(self.problems)),
        }
    }

    pub(super) fn refuse_nul(&mut self) {
        let (bad, fine) = std::mem::take(&mut self.rest)
            .into_iter()
            .partition::<Map<_, _>, _>(|(name, value)| name.contains('\0') || holds_nul(value));
        self.rest = fine;

        for name in bad.keys() {
            self.problem(name, Reason::new("control_characters", "must not hold a NUL character"));
            self.rest.insert(name.clone(), Value::Null);
        }
    }

    fn refuse_unknown(&mut self) {
        for name in std::mem::take(&mut self.rest).into_iter().map(|(name, _)| name) {
            self.problem(&name, Reason::new(UNKNOWN, "is not a field here"));
        }
    }
}

/// Null, or an empty text.
pub(crate) fn is_blank(value: &Value) -> bool {
    value.is_null() || value.as_str().is_some_and(str::is_empty)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::rule;
    use domain::integration::Configuration;
    use domain::sync::SyncOptions;
    use serde_json::json;

    fn fields(value: Value) -> Fields {
        let Value::Object(map) = value else { panic!("not an object") };
        Fields::new(map)
    }

    fn named(error: ApiError) -> Vec<String> {
        let ApiError::Invalid(details) = error else { panic!("{error:?}") };
        details.into_iter().map(|d| d.field).collect()
    }

    #[test]
    fn every_problem_is_named_unknown_fields_included() {
        let mut body =
            fields(json!({"name": 7, "extra": 1, "configuration": {"max_retries": "x", "what": 1, "auto_sync": 3}}));
        let name = body.required("name", rule::text(1, 10));
        let url = body.required("endpoint_url", rule::text(1, 10));
        let mut inner = body.object("configuration");
        let _: Configuration = inner.all();
        body.absorb(inner);
        let error = body.finish(name.zip(url)).unwrap_err();
        let mut found = named(error);
        found.sort();
        let expected = [
            "configuration.auto_sync",
            "configuration.max_retries",
            "configuration.what",
            "endpoint_url",
            "extra",
            "name",
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn an_empty_text_is_as_good_as_nothing_and_an_unknown_name_is_none() {
        let mut body = fields(json!({"name": "", "description": "", "configuration": {"max_retries": "", "what": ""},
            "options": {"create_missing": "", "dry_run": null}, "filters": ""}));
        assert_eq!(body.optional("description", rule::text(1, 10)), None);
        let mut inner = body.object("configuration");
        assert_eq!(inner.all::<Configuration>(), Configuration::default());
        body.absorb(inner);
        let mut inner = body.object("options");
        assert_eq!(inner.all::<SyncOptions>(), SyncOptions::default());
        body.absorb(inner);
        assert!(!body.says("filters") && body.has("filters"));
        body.object("filters");
        let name = body.required("name", rule::text(1, 10));
        assert_eq!(named(body.finish(name).unwrap_err()), ["configuration.what", "name"]);
    }

    #[test]
    fn what_is_fine_is_given() {
        let mut body = fields(json!({"name": " a ", "configuration": {"max_retries": 5}, "description": null}));
        let name = body.required("name", rule::text(1, 10));
        assert_eq!(body.optional("description", rule::text(0, 10)), None);
        let mut inner = body.object("configuration");
        let configuration: Configuration = inner.all();
        body.absorb(inner);
        assert_eq!(configuration.max_retries, Some(5));
        assert_eq!(body.finish(name).unwrap(), "a");
    }

    #[test]
    fn an_edit_takes_what_it_does_not_give_from_what_is_there() {
        let current = json!({"name": "a", "description": "b", "version": 3});
        let mut body = fields(json!({"name": "c", "description": null, "extra": 1})).over(current);
        assert_eq!(body.required("name", rule::text(1, 10)), Some("c".to_owned()));
        assert_eq!(body.optional("description", rule::text(1, 10)), None, "null takes it away");
        assert_eq!(named(body.finish(Some(())).unwrap_err()), ["extra"], "what is there may say more");

        let mut body = fields(json!({})).over(json!({"name": "a"}));
        assert_eq!(body.required("name", rule::text(1, 10)), Some("a".to_owned()));
    }

    #[test]
    fn a_nul_character_is_refused_wherever_it_hides() {
        let mut body = fields(json!({"a": "x\0", "b": {"c": ["\0"]}, "d": "fine"}));
        body.refuse_nul();
        for name in ["a", "b", "d"] {
            body.optional(name, rule::any);
        }
        assert_eq!(named(body.finish(Some(())).unwrap_err()), ["a", "b"]);
    }
}
