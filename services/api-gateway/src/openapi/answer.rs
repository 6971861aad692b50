//! Successes, as `crate::answer` writes them.

use super::example::example_of;
use super::schemas::{Described, Schemas};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

const JSON: &str = "application/json";

/// The answer of a request that succeeds.
pub(crate) struct Answer {
    pub(super) status: u16,
    message: Option<&'static str>,
    form: AnswerForm,
    /// Fields of `data` that are not always there.
    at_times: Vec<&'static str>,
    is_tagged: bool,
    sets_cookie: bool,
    csv: bool,
}

enum AnswerForm {
    /// `data` with these fields.
    Fields(Vec<(&'static str, Described)>),
    /// `data` itself.
    Data(Described),
    /// Files, or JSON without the envelope.
    Plain(&'static [&'static str]),
}

impl Answer {
    fn new(form: AnswerForm) -> Self {
        Self {
            status: 200,
            message: None,
            form,
            at_times: Vec::new(),
            is_tagged: false,
            sets_cookie: false,
            csv: false,
        }
    }

    /// `data` is a `T`.
    pub(crate) fn data<T: ToSchema>() -> Self {
        Self::new(AnswerForm::Data(Described::by::<T>()))
    }

    /// `data` holds one `T` under its name.
    pub(crate) fn one<T: ToSchema>(name: &'static str) -> Self {
        Self::new(AnswerForm::Fields(vec![(name, Described::by::<T>())]))
    }

    /// `data` holds one `T` under its name, or null.
    pub(crate) fn one_or_none<T: ToSchema>(name: &'static str) -> Self {
        Self::new(AnswerForm::Fields(vec![(name, Described::by::<T>().or_null())]))
    }

    /// `data` holds several `T` under their plural.
    pub(crate) fn all<T: ToSchema>(plural: &'static str) -> Self {
        Self::new(AnswerForm::Fields(vec![(plural, Described::list::<T>())]))
    }

    /// `data` holds these numbers, each with what it says.
    pub(crate) fn numbers(fields: &[(&'static str, &'static str)]) -> Self {
        let number = |about: &str| json!({"type": "integer", "format": "int64", "minimum": 0, "description": about});
        Self::new(AnswerForm::Fields(
            fields.iter().map(|(name, about)| (*name, Described::inline(number(about)))).collect(),
        ))
    }

    /// A page of a counted list.
    pub(crate) fn page<T: ToSchema>(plural: &'static str) -> Self {
        Self::all::<T>(plural).and::<Pagination>("pagination")
    }

    /// A stretch of an uncounted list.
    pub(crate) fn stretch<T: ToSchema>(plural: &'static str) -> Self {
        Self::all::<T>(plural).and_cursors()
    }

    /// Something else than the envelope: a file of one of these types.
    pub(crate) fn file(media_types: &'static [&'static str]) -> Self {
        Self::new(AnswerForm::Plain(media_types))
    }

    /// One more field of `data`.
    pub(crate) fn and<T: ToSchema>(self, name: &'static str) -> Self {
        self.with(name, Described::by::<T>())
    }

    /// One more field of `data`, a list.
    pub(crate) fn and_all<T: ToSchema>(self, plural: &'static str) -> Self {
        self.with(plural, Described::list::<T>())
    }

    /// `prev_cursor` and `next_cursor` beside it.
    pub(crate) fn and_cursors(self) -> Self {
        let cursor = |about: &str| Described::inline(json!({"type": ["string", "null"], "description": about}));
        self.with("prev_cursor", cursor("What to give as `before` for the stretch before; null at the beginning"))
            .with("next_cursor", cursor("What to give as `after` for the next stretch; null at the end"))
    }

    /// A count beside it.
    pub(crate) fn and_number(self, name: &'static str, about: &'static str) -> Self {
        self.with(name, Described::inline(json!({"type": "integer", "minimum": 0, "description": about})))
    }

    /// Yes or no beside it.
    pub(crate) fn and_flag(self, name: &'static str, about: &'static str) -> Self {
        self.with(name, Described::inline(json!({"type": "boolean", "description": about})))
    }

    /// One more field of `data`, which is null where there is none.
    pub(crate) fn and_maybe<T: ToSchema>(self, name: &'static str) -> Self {
        self.with(name, Described::by::<T>().or_null())
    }

    /// One more field of `data`, which is there only at times.
    pub(crate) fn and_at_times<T: ToSchema>(self, name: &'static str) -> Self {
        let mut answer = self.and::<T>(name);
        answer.at_times.push(name);
        answer
    }

    /// A moment beside it, or null.
    pub(crate) fn and_moment(self, name: &'static str, about: &'static str) -> Self {
        let schema = json!({"type": ["string", "null"], "format": "date-time", "description": about});
        self.with(name, Described::inline(schema))
    }

    /// The number of something beside it.
    pub(crate) fn and_id(self, name: &'static str, about: &'static str) -> Self {
        self.with(name, Described::inline(json!({"type": "integer", "format": "int64", "description": about})))
    }

    fn with(mut self, name: &'static str, described: Described) -> Self {
        if let AnswerForm::Fields(fields) = &mut self.form {
            fields.push((name, described));
        }
        self
    }

    /// 200 with a sentence.
    pub(crate) fn says(self, message: &'static str) -> Self {
        Self { message: Some(message), ..self }
    }

    /// 201 with a sentence.
    pub(crate) fn created(self, message: &'static str) -> Self {
        Self { status: 201, ..self.says(message) }
    }

    /// 202 with a sentence.
    pub(crate) fn accepted(self, message: &'static str) -> Self {
        Self { status: 202, ..self.says(message) }
    }

    /// With the version as its `ETag`.
    pub(crate) fn tagged(self) -> Self {
        Self { is_tagged: true, ..self }
    }

    /// Sets or clears the session's cookie.
    pub(crate) fn sets_cookie(self) -> Self {
        Self { sets_cookie: true, ..self }
    }

    /// Also as CSV, by `Accept`.
    pub(crate) fn or_csv(self) -> Self {
        Self { csv: true, ..self }
    }

    #[cfg(test)]
    pub(super) fn parts(self) -> Vec<Described> {
        match self.form {
            AnswerForm::Fields(fields) => fields.into_iter().map(|(_, described)| described).collect(),
            AnswerForm::Data(described) => vec![described],
            AnswerForm::Plain(_) => Vec::new(),
        }
    }

    /// As the document says it; the types it names are added to `schemas`.
    pub(super) fn described(self, schemas: &mut Schemas) -> Value {
        let mut headers = json!({"x-request-id": {"$ref": "#/components/headers/x-request-id"}});
        if self.is_tagged {
            headers["ETag"] = json!({"$ref": "#/components/headers/ETag"});
        }
        if self.sets_cookie {
            headers["Set-Cookie"] = json!({"$ref": "#/components/headers/Set-Cookie"});
        }

        let mut content = Map::new();
        if self.csv {
            let about = "The same rows as lines under one header; `x-next-cursor` says where to go on";
            let schema = json!({"type": "string", "description": about});
            content.insert("text/csv".to_owned(), json!({"schema": schema}));
        }

        match self.form.data(schemas) {
            Err(media_types) => content.extend(media_types.iter().map(|media| plain_content(media))),
            Ok(mut data) => {
                // A field that is there only at times must not be required.
                if let Some(required) = data["required"].as_array_mut() {
                    required.retain(|name| !self.at_times.iter().any(|at_times| *name == *at_times));
                }
                let schema = success_envelope(data, self.message);
                let example = example_of(&schema, schemas);
                content.insert(JSON.to_owned(), json!({"schema": schema, "example": example}));
            }
        }

        json!({"description": self.message.unwrap_or("Done"), "headers": headers, "content": content})
    }
}

impl AnswerForm {
    /// What `data` is, or of which types the file may be.
    fn data(self, schemas: &mut Schemas) -> Result<Value, &'static [&'static str]> {
        match self {
            Self::Plain(media_types) => Err(media_types),
            Self::Data(described) => Ok(schemas.answered(described)),
            Self::Fields(fields) => {
                let fields = fields.into_iter().map(|(name, described)| (name.to_owned(), schemas.answered(described)));
                Ok(object_schema(&fields.collect()))
            }
        }
    }
}

fn plain_content(media: &str) -> (String, Value) {
    let is = if media == JSON { "object" } else { "string" };
    (media.to_owned(), json!({"schema": {"type": is}}))
}

fn success_envelope(data: Value, message: Option<&str>) -> Value {
    let mut fields =
        Map::from_iter([("success".to_owned(), json!({"type": "boolean", "enum": [true]})), ("data".to_owned(), data)]);

    if let Some(message) = message {
        fields.insert("message".to_owned(), json!({"type": "string", "examples": [message]}));
    }
    object_schema(&fields)
}

/// An object that has all of these fields.
fn object_schema(fields: &Map<String, Value>) -> Value {
    let required: Vec<&String> = fields.keys().collect();
    json!({"type": "object", "required": required, "properties": fields})
}

/// Where a page of a counted list stands.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what `answer::page` writes")]
struct Pagination {
    /// From 1.
    current_page: i64,
    #[schema(minimum = 0)]
    total_pages: i64,
    #[schema(minimum = 0)]
    total_items: i64,
    per_page: i64,
}
