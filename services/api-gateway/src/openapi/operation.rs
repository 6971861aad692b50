//! What a handler says of itself.

use super::schemas::Described;
use super::{Answer, Parameter};
use serde_json::Value;
use utoipa::ToSchema;

/// What an endpoint is for, what it takes and what it answers.
pub(crate) struct Operation {
    pub(super) id: &'static str,
    pub(super) summary: &'static str,
    pub(super) about: Option<&'static str>,
    pub(super) parameters: Vec<Parameter>,
    pub(super) body: Option<Body>,
    pub(super) answer: Answer,
    /// How it answers where it only accepts.
    pub(super) accepts: Option<Answer>,
    pub(super) conflicts: Vec<&'static str>,
    /// Failures that do not follow from what else is said.
    pub(super) failures: Vec<u16>,
}

/// A JSON body.
pub(super) struct Body {
    pub(super) described: Described,
    pub(super) example: Option<Value>,
    pub(super) is_required: bool,
}

impl Operation {
    /// An operation with a name of its own and one line that says what it does.
    pub(crate) fn new(id: &'static str, summary: &'static str, answer: Answer) -> Self {
        let (parameters, conflicts, failures) = (Vec::new(), Vec::new(), Vec::new());
        Self { id, summary, about: None, parameters, body: None, answer, accepts: None, conflicts, failures }
    }

    /// It may also answer 202, with what is going to do it.
    pub(crate) fn or_accepts(self, answer: Answer) -> Self {
        Self { accepts: Some(answer), ..self }
    }

    /// What a stranger has to know beyond the summary.
    pub(crate) fn about(self, text: &'static str) -> Self {
        Self { about: Some(text), ..self }
    }

    /// A parameter of the query.
    pub(crate) fn query(mut self, parameter: Parameter) -> Self {
        self.parameters.push(parameter);
        self
    }

    /// What `Query::paging` reads.
    pub(crate) fn paged(self) -> Self {
        self.query(Parameter::page()).query(Parameter::limit(100))
    }

    /// What `Query::window` reads.
    pub(crate) fn window(self) -> Self {
        self.query(Parameter::id("integration_id", "Only of this integration"))
            .query(Parameter::moment(
                "from",
                "Only what is not older: a moment, or a day, which begins at midnight UTC",
            ))
            .query(Parameter::moment("to", "Only what is not newer: a moment, or a day, which ends at midnight UTC"))
            .stretched()
    }

    /// `after`, `before` and `limit`.
    pub(crate) fn stretched(self) -> Self {
        self.query(Parameter::after()).query(Parameter::before()).query(Parameter::limit(250))
    }

    /// The body is a `T`; its example is put together from those of its fields.
    pub(crate) fn body<T: ToSchema>(self) -> Self {
        Self { body: Some(Body { described: Described::by::<T>(), example: None, is_required: true }), ..self }
    }

    /// The body is a `T`, for example this one.
    pub(crate) fn body_like<T: ToSchema>(self, example: Value) -> Self {
        Self { body: Some(Body { described: Described::by::<T>(), example: Some(example), is_required: true }), ..self }
    }

    /// The body is as the function that reads it says.
    pub(crate) fn body_of(self, described: Described) -> Self {
        Self { body: Some(Body { described, example: None, is_required: true }), ..self }
    }

    /// The body is as the function that reads it says, for example this one.
    pub(crate) fn body_of_like(self, described: Described, example: Value) -> Self {
        Self { body: Some(Body { described, example: Some(example), is_required: true }), ..self }
    }

    /// The body is a `T`, and may be left away.
    pub(crate) fn optional_body<T: ToSchema>(self) -> Self {
        Self { body: Some(Body { described: Described::by::<T>(), example: None, is_required: false }), ..self }
    }

    /// Reads `If-Match`.
    pub(crate) fn if_match(self) -> Self {
        self.query(Parameter::if_match())
            .conflicts("another version is current than `If-Match` names (`stale_version`)")
    }

    /// Reads `Idempotency-Key`.
    pub(crate) fn idempotency_key(self) -> Self {
        self.query(Parameter::idempotency_key()).checked()
    }

    /// When it is refused with 409.
    pub(crate) fn conflicts(mut self, when: &'static str) -> Self {
        self.conflicts.push(when);
        self
    }

    /// It answers 422 although it has no body: for what is well-formed, but not valid.
    pub(crate) fn checked(self) -> Self {
        self.failing(422)
    }

    /// It answers 404 although its path names nothing: for what the body names.
    pub(crate) fn missing(self) -> Self {
        self.failing(404)
    }

    /// It answers 401 although everyone may use it.
    pub(crate) fn unauthenticated(self) -> Self {
        self.failing(401)
    }

    /// All types that it names.
    #[cfg(test)]
    pub(super) fn types(self) -> Vec<(String, Value)> {
        let parameters = self.parameters.into_iter().map(|parameter| parameter.described);
        let body = self.body.map(|body| body.described);
        parameters
            .chain(body)
            .chain(self.answer.parts())
            .chain(self.accepts.into_iter().flat_map(Answer::parts))
            .flat_map(Described::into_types)
            .collect()
    }

    fn failing(mut self, status: u16) -> Self {
        self.failures.push(status);
        self
    }
}
