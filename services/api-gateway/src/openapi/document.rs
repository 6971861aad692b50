//! The document as a whole: what each handler says, and what follows from method, path and role.

use super::schemas::Schemas;
use super::{Operation, Parameter, example, failures};
use crate::routes::{Access, DescribedRoute};
use serde_json::{Map, Value, json};

const ABOUT: &str = "\
Keeps an internet provider's own PostgreSQL database and the Geniacs partner API in step.

**Answers.** A success is `{\"success\": true, \"message\"?, \"data\"}`, a failure `{\"success\": false, \"message\", \
\"error\": {\"code\", \"details\", \"request_id\"}}`. Times are RFC 3339 in UTC, ids are numbers. Secrets never come back, \
but for a token or a webhook secret that the service made: once, in the answer that made it.

**Access.** `POST /api/auth/login` gives a token: send it as `Authorization: Bearer <token>`. Pages of this service may use \
the session's cookie instead; a change by cookie needs an `Origin` header that names this service. Roles are `viewer`, \
`operator` and `admin`; each may do what those before it may.

**Lists.** Short ones are paged and counted (`page`, `limit`, `pagination`). Long ones go on from a cursor: give an \
answer's `next_cursor` as `after`, or its `prev_cursor` as `before`; null means that the list ends there.

**Bodies.** Ids are numbers; as text (`\"1\"`) they are taken, too. An optional field that is null or `\"\"` is not given; in a \
change, both clear it, and of a secret, which cannot be cleared, both leave it as it is.

**Requests.** `HEAD` works where `GET` does. Every answer has an `x-request-id`: yours, if you send one of up to 64 letters, digits, `-`, `_` and `.`.";

/// Makes the document.
pub(super) fn openapi_document() -> Value {
    let mut schemas = Schemas::default();
    let mut paths = Map::new();
    for route in crate::routes::described_routes() {
        let path = paths.entry(route.path).or_insert_with(|| json!({}));
        path[route.method.to_lowercase()] = operation_object(&route, (route.operation)(), &mut schemas);
    }

    let mut types = schemas.into_value();
    types["Failure"] = failures::failure_schema();

    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Geniacs integration",
            "version": env!("CARGO_PKG_VERSION"),
            "description": ABOUT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/", "description": "This gateway"}],
        "tags": TAGS.map(|(name, about)| json!({"name": name, "description": about})),
        "security": [{"token": []}, {"session": []}],
        "paths": paths,
        "components": {
            "schemas": types,
            "responses": failures::failure_responses(),
            "headers": failures::header_components(),
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "A token of a login or of a user"},
                "session": {"type": "apiKey", "in": "cookie", "name": "geniacs_session", "description": "For own pages"},
            },
        },
    })
}

#[rustfmt::skip]
const TAGS: [(&str, &str); 15] = [
    ("access", "Signing in and out, users, tokens, and who changed what"),
    ("integrations", "Partner accounts"),
    ("syncs", "Asking for a sync, and seeing what becomes of it"),
    ("consistency-checks", "Both sides compared, neither changed"),
    ("statistics", "How syncs have ended"),
    ("logs", "What syncs tell"),
    ("webhook-events", "What Geniacs has sent"),
    ("conflicts", "What both sides have changed"),
    ("mappings", "Which field is which on the other side"),
    ("schedules", "When syncs start by themselves"),
    ("records", "The provider's records beside their links"),
    ("reports", "A week in numbers"),
    ("notifications", "Who is told when something needs people"),
    ("system", "How the service itself is"),
    ("description", "This document"),
];

/// The heading of an operation, by the first telling part of its path.
fn tag_of_path(path: &str) -> &str {
    let parts: Vec<&str> = path.split('/').filter(|part| !matches!(*part, "" | "api" | "geniacs")).collect();
    match parts.first().copied().unwrap_or_default() {
        "auth" | "users" | "tokens" | "audit-log" => "access",
        "sync" => "syncs",
        "docs" | "openapi.json" => "description",
        "dead-letters" | "settings" | "events" | "operations" | "attention" => "system",
        "search" => "records",
        "notification-rules" => "notifications",
        other => other,
    }
}

fn operation_object(route: &DescribedRoute, said: Operation, schemas: &mut Schemas) -> Value {
    let failures = failures_of(route, &said);
    let mut parameters: Vec<Value> = names_in(route.path).map(Parameter::of_path).collect();
    for parameter in said.parameters {
        parameters.push(parameter.described());
        schemas.named(parameter.described);
    }

    let mut described = json!({
        "operationId": said.id,
        "tags": [tag_of_path(route.path)],
        "summary": said.summary,
        "parameters": parameters,
    });

    if let Some(about) = description_of(route, said.about) {
        described["description"] = about.into();
    }
    if route.access == Access::Open {
        described["security"] = json!([]);
    }

    if let Some(body) = said.body {
        let schema = schemas.asked(body.described);
        let example = body.example.unwrap_or_else(|| example::example_of(&schema, schemas));
        let content = json!({"application/json": {"schema": schema, "example": example}});
        described["requestBody"] = json!({"required": body.is_required, "content": content});
    }

    let mut responses = failures;
    for answer in [Some(said.answer), said.accepts].into_iter().flatten() {
        responses.insert(answer.status.to_string(), answer.described(schemas));
    }
    described["responses"] = responses.into();
    described
}

fn description_of(route: &DescribedRoute, said: Option<&str>) -> Option<String> {
    let role = match route.access {
        Access::Open => None,
        Access::Role(role) => Some(format!("Needs the role `{role}`.")),
    };
    let parts: Vec<String> = said.map(str::to_owned).into_iter().chain(role).collect();
    (!parts.is_empty()).then(|| parts.join("\n\n"))
}

/// The failures of an operation, by its route and by what its handler reads.
fn failures_of(route: &DescribedRoute, said: &Operation) -> Map<String, Value> {
    let mut statuses = vec![405, 429, 503];
    if route.access != Access::Open {
        statuses.extend([401, 403]);
    }
    if route.path.contains('{') {
        statuses.push(404);
    }
    if route.method != "GET" {
        // A body where none belongs is refused, too.
        statuses.extend([400, 408, 413, 415, 422]);
    }
    if !said.parameters.is_empty() {
        statuses.push(400);
    }

    statuses.extend(&said.failures);
    let mut found: Map<_, _> =
        statuses.into_iter().map(|s| (s.to_string(), failures::failure_response(s, None))).collect();
    if !said.conflicts.is_empty() {
        let about = format!("Refused when {}", said.conflicts.join(", or when "));
        found.insert("409".to_owned(), failures::failure_response(409, Some(&about)));
    }
    found
}

/// The names in braces of a path.
fn names_in(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::{BTreeMap, BTreeSet};

    /// Every value under this key, wherever it is.
    fn all<'a>(value: &'a Value, key: &str, found: &mut Vec<&'a Value>) {
        match value {
            Value::Object(map) => {
                found.extend(map.get(key));
                map.values().for_each(|value| all(value, key, found));
            }
            Value::Array(items) => items.iter().for_each(|value| all(value, key, found)),
            _ => {}
        }
    }

    #[test]
    fn every_operation_has_a_name_of_its_own_in_snake_case() {
        let names: Vec<&str> = crate::routes::described_routes().map(|route| (route.operation)().id).collect();
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len(), "{names:?}");
        let is_snake = |name: &&str| name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
        assert!(names.iter().all(is_snake), "{names:?}");
    }

    #[test]
    fn every_reference_leads_somewhere() {
        let document = openapi_document();
        let mut references = Vec::new();
        all(&document, "$ref", &mut references);
        assert!(references.len() > 100);
        for reference in references {
            let path = reference.as_str().and_then(|path| path.strip_prefix('#')).unwrap();
            assert!(document.pointer(path).is_some(), "{path}");
        }
    }

    #[test]
    fn every_operation_stands_under_a_heading_that_is_explained() {
        let known: BTreeSet<&str> = TAGS.iter().map(|(name, _)| *name).collect();
        for route in crate::routes::described_routes() {
            assert!(known.contains(tag_of_path(route.path)), "{}", route.path);
        }
    }

    #[test]
    fn a_name_stands_for_one_type() {
        let mut seen: BTreeMap<String, Value> = BTreeMap::new();
        for route in crate::routes::described_routes() {
            for (name, schema) in (route.operation)().types() {
                let first = seen.entry(name.clone()).or_insert_with(|| schema.clone());
                assert_eq!(*first, schema, "two types are called {name}");
            }
        }
    }

    #[test]
    fn every_plain_text_has_an_example() {
        let document = openapi_document();
        let mut fields = Vec::new();
        all(&document["paths"], "example", &mut fields);
        for example in fields {
            assert!(!example.to_string().contains("\"text\""), "a field of this has no example: {example:#}");
        }
    }
}
