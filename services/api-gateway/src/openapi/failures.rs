//! Failures, as `crate::error` writes them: each status stands once in the document, and operations refer to it.

use serde_json::{Map, Value, json};

/// A status that a request may end with.
struct FailureRow {
    status: u16,
    name: &'static str,
    about: &'static str,
    code: &'static str,
    message: &'static str,
}

const fn failure_row(
    status: u16,
    name: &'static str,
    about: &'static str,
    code: &'static str,
    message: &'static str,
) -> FailureRow {
    FailureRow { status, name, about, code, message }
}

const FIELDS: &str = "some fields are not valid";

#[rustfmt::skip]
const ROWS: [FailureRow; 12] = [
    failure_row(400, "BadRequest", "The body is not JSON, or a parameter is not understood", "bad_parameter", "the request's query or headers are not understood"),
    failure_row(401, "Unauthenticated", "No token, or one that is not valid", "unauthenticated", "sign in: send `Authorization: Bearer <token>` with a token that is valid"),
    failure_row(403, "Forbidden", "The caller's role may not do this, or a change by cookie came from foreign pages", "forbidden", "this needs the role `admin`"),
    failure_row(404, "NotFound", "There is no such thing", "not_found", "there is no such integration"),
    failure_row(405, "MethodNotAllowed", "The path does not take this method", "method_not_allowed", "this path does not take that method; it takes GET, POST"),
    failure_row(408, "BodyTimeout", "The body did not arrive in time", "body_timeout", "the body did not arrive in time"),
    failure_row(409, "Conflict", "The state of things does not allow it", "stale_version", "it was changed meanwhile: its version is 4, not 3; read it again"),
    failure_row(413, "BodyTooLarge", "The body is too large", "body_too_large", "the body is larger than 1048576 bytes"),
    failure_row(415, "NotJson", "The body is not declared as JSON", "not_json", "the body must be JSON, with the header `Content-Type: application/json` and no Content-Encoding"),
    failure_row(422, "ValidationFailed", "Well-formed, but not valid; `details` names every field that is wrong", "validation_failed", FIELDS),
    failure_row(429, "TooManyAttempts", "Too many requests; wait as long as `Retry-After` says", "too_many_attempts", "too many attempts; wait before the next one"),
    failure_row(503, "Unavailable", "Something that the service needs is away; nothing was half done", "database_unavailable", "the service cannot reach its database for now; nothing was changed"),
];

/// The failures that all operations refer to.
pub(super) fn failure_responses() -> Value {
    let each = ROWS.iter().map(|row| (row.name.to_owned(), row.described(row.about)));
    each.collect::<Map<_, _>>().into()
}

/// What a status means; `about` says more where one operation has its own reasons.
pub(super) fn failure_response(status: u16, about: Option<&str>) -> Value {
    let Some(row) = ROWS.iter().find(|row| row.status == status) else { return json!({"description": about}) };
    match about {
        Some(about) => row.described(about),
        None => json!({"$ref": format!("#/components/responses/{}", row.name)}),
    }
}

impl FailureRow {
    fn described(&self, about: &str) -> Value {
        let mut headers = json!({"x-request-id": {"$ref": "#/components/headers/x-request-id"}});
        let own = match self.status {
            401 => Some("WWW-Authenticate"),
            405 => Some("Allow"),
            429 | 503 => Some("Retry-After"),
            _ => None,
        };

        if let Some(name) = own {
            headers[name] = json!({"$ref": format!("#/components/headers/{name}")});
        }

        let content = json!({"application/json": {
            "schema": {"$ref": "#/components/schemas/Failure"},
            "example": self.example(),
        }});

        json!({"description": about, "headers": headers, "content": content})
    }

    fn example(&self) -> Value {
        let details = match self.status {
            400 => json!([{"field": "limit", "message": "must be a whole number from 1 to 100", "code": "range",
                "params": {"minimum": 1, "maximum": 100}}]),
            422 => json!([{"field": "name", "message": "is required", "code": "required", "params": {}}]),
            _ => json!([]),
        };

        let id = "01985c3e-7d1a-7c50-b1d4-5a6f0c2f9e11";
        let error = json!({"code": self.code, "details": details, "request_id": id});
        json!({"success": false, "message": self.message, "error": error})
    }
}

/// The envelope of a failure.
pub(super) fn failure_schema() -> Value {
    let text = |about: &str| json!({"type": "string", "description": about});
    let detail = json!({
        "type": "object",
        "required": ["field", "message", "code", "params"],
        "properties": {
            "field": text("As a path: `configuration.max_retries`"),
            "message": text("What it must be"),
            "code": text("A stable name of that, in snake case, to be translated; `invalid` where only the message says more"),
            "params": {"type": "object", "description": "The numbers and names that the message says"},
        },
    });

    let error = json!({
        "type": "object",
        "required": ["code", "details", "request_id"],
        "properties": {
            "code": text("A stable name, in snake case"),
            "details": {"type": "array", "items": detail, "description": "Everything that is wrong, not only the first"},
            "request_id": text("To be given to whoever looks into it: logs have it too"),
            "connection_test": {
                "$ref": "#/components/schemas/ConnectionTest",
                "description": "Only with the code `connection_test_failed`: how the test went, for which nothing was saved",
            },
        },
    });

    json!({
        "type": "object",
        "description": "Why a request is not answered with a success",
        "required": ["success", "message", "error"],
        "properties": {
            "success": {"type": "boolean", "enum": [false]},
            "message": text("For a person: what failed, and what to do"),
            "error": error,
        },
    })
}

/// The headers that answers refer to.
pub(super) fn header_components() -> Value {
    let text = |about: &str| json!({"description": about, "schema": {"type": "string"}});
    let seconds = json!({"type": "integer", "minimum": 1});
    json!({
        "x-request-id": text("The request's id: the caller's own, if it sent one in this header"),
        "ETag": text("The version, to be sent back as `If-Match`"),
        "Set-Cookie": text("The session's cookie, which scripts cannot read"),
        "WWW-Authenticate": text("`Bearer`"),
        "Allow": text("The methods that the path takes"),
        "Retry-After": {"description": "Seconds to wait", "required": true, "schema": seconds},
    })
}
