//! The description of the API: what is served, and what is committed.

use crate::stand::{Stand, send};
use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use serde_json::{Value, json};

const SNAPSHOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/openapi.json");
const UNKNOWN: &str = "nobody_knows_this";
/// A request whose list is read field by field, and that list.
const LIST_OF_FIELDS: (&str, &str) = ("put /api/geniacs/mappings", "mappings.");

#[tokio::test(flavor = "multi_thread")]
async fn the_committed_description_is_the_one_that_is_served() {
    let stand = Stand::start().await;
    let served = stand.request(Method::GET, "/api/openapi.json").send().await.unwrap();
    assert_eq!(served.status(), 200, "everyone may read it");
    assert_eq!(served.headers()[CONTENT_TYPE], "application/json");
    let served = served.text().await.unwrap();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(SNAPSHOT, &served).unwrap();
    }
    let committed = std::fs::read_to_string(SNAPSHOT).unwrap_or_default();
    assert!(committed == served, "docs/openapi.json is not up to date: UPDATE=1 cargo test --test gateway openapi");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_description_is_openapi_3_1_and_names_what_is_there() {
    let stand = Stand::start().await;
    let document = send(stand.request(Method::GET, "/api/openapi.json")).await.body;
    assert_eq!(document["openapi"], "3.1.0");
    let trigger = &document["paths"]["/api/geniacs/sync/trigger"]["post"];
    assert_eq!(trigger["operationId"], "trigger_sync");
    for status in ["200", "400", "401", "403", "409", "413", "415", "422", "429", "503"] {
        assert!(trigger["responses"][status].is_object(), "{status}");
    }
    assert_eq!(document["paths"]["/api/auth/login"]["post"]["security"].as_array().map(Vec::len), Some(0));
}

/// A value of the schema with every field that it names, whether or not it must be there.
fn full(schema: &Value, document: &Value) -> Value {
    let reference = schema["$ref"].as_str().and_then(|path| path.strip_prefix('#'));
    let schema = reference.and_then(|path| document.pointer(path)).unwrap_or(schema);

    if let Some(fields) = schema["properties"].as_object() {
        return fields.iter().map(|(name, field)| (name.clone(), full(field, document))).collect();
    }

    if let Some(choices) = schema["oneOf"].as_array() {
        let chosen = choices.iter().find(|choice| choice["type"] != "null").unwrap();
        return full(chosen, document);
    }

    match schema["type"].as_str().or(schema["type"][0].as_str()).unwrap_or_default() {
        "array" => json!([full(&schema["items"], document)]),
        "object" => json!({}),
        "integer" | "number" => json!(1),
        "boolean" => json!(true),
        _ => schema["enum"].get(0).cloned().unwrap_or_else(|| json!("text")),
    }
}

/// A path with the number of what it names, and with the parameters that must be there.
fn filled(path: &str, operation: &Value, id: i64) -> String {
    let required = operation["parameters"].as_array().into_iter().flatten();
    let required = required.filter(|parameter| parameter["in"] == "query" && parameter["required"] == true);
    let value = |name: &str| if name == "entity_type" { "customers".to_owned() } else { id.to_string() };
    let query: Vec<String> = required
        .filter_map(|parameter| parameter["name"].as_str())
        .map(|name| format!("{name}={}", value(name)))
        .collect();
    let path = path.replace("{id}", &id.to_string()).replace("{entity_type}", "customers");
    format!("{path}?{}", query.join("&"))
}

/// The paths of objects, with an unknown field put into each.
fn add_unknown(value: &mut Value, schema_path: &str, list: Option<&str>, paths: &mut Vec<String>) {
    if let Some(items) = value.as_array_mut().filter(|_| list == Some(schema_path)) {
        let place = schema_path.trim_end_matches('.');
        items.iter_mut().enumerate().for_each(|(at, item)| add_unknown(item, &format!("{place}[{at}]."), None, paths));
        return;
    }
    let Some(map) = value.as_object_mut().filter(|map| !map.is_empty()) else { return };
    for (name, field) in map.iter_mut() {
        add_unknown(field, &format!("{schema_path}{name}."), list, paths);
    }
    map.insert(UNKNOWN.to_owned(), json!(1));
    paths.push(format!("{schema_path}{UNKNOWN}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_field_of_a_body_that_is_described_is_read_and_no_other() {
    let stand = Stand::start().await;
    let id = stand.integration("Described").await;
    let rule = "INSERT INTO notification_rules (id, name, causes, channel, url)
        VALUES ($1, 'r', '{sync_failed}', 'webhook', 'https://hooks.example.com')";
    stand.database.execute(&rule.replace("$1", &id.to_string())).await;

    let document = send(stand.request(Method::GET, "/api/openapi.json")).await.body;
    let mut asked = 0;
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
            if schema.is_null() {
                continue;
            }

            let mut body = full(schema, &document);
            let mut expected = Vec::new();
            let list = (format!("{method} {path}") == LIST_OF_FIELDS.0).then_some(LIST_OF_FIELDS.1);
            add_unknown(&mut body, "", list, &mut expected);
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            let path = filled(path, operation, id);

            let answer = send(stand.request(method, &path).bearer_auth(stand.admin()).json(&body)).await;
            assert_eq!(answer.status, 422, "{path}: {}", answer.body);
            let details = answer.body["error"]["details"].as_array().unwrap();
            let is_unknown = |detail: &&Value| {
                detail["message"]
                    .as_str()
                    .is_some_and(|text| text.contains("unknown field") || text.contains("is not a field here"))
            };

            let mut named: Vec<&str> =
                details.iter().filter(is_unknown).map(|detail| detail["field"].as_str().unwrap()).collect();
            named.sort_unstable();
            expected.sort_unstable();
            named.retain(|name| !is_status_of_another_entity(name));

            assert_eq!(named, expected, "{path}: {}", answer.body);
            asked += 1;
        }
    }

    assert!(asked > 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_example_of_a_body_is_one_that_is_taken() {
    let stand = Stand::start().await;
    let id = stand.integration("Described").await;

    let document = send(stand.request(Method::GET, "/api/openapi.json")).await.body;
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let example = &operation["requestBody"]["content"]["application/json"]["example"];
            // Nobody but its owner knows a password.
            if example.is_null() || path == "/api/auth/password" {
                continue;
            }

            let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            // Whoever asks stays as they are.
            let id = if path.starts_with("/api/users") { 999_999_999 } else { id };

            let path = filled(path, operation, id);
            let answer = send(stand.request(method, &path).bearer_auth(stand.admin()).json(example)).await;
            assert!(!matches!(answer.status.as_u16(), 400 | 422 | 500..), "{path} {example}: {}", answer.body);
        }
    }
}

/// `filters` take an entity's own name for its status; the body that is sent names those of all.
fn is_status_of_another_entity(field: &str) -> bool {
    field.contains("filters.") && field.ends_with("_status")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_loads_everything_from_here_and_has_nothing_written_into_it() {
    let stand = Stand::start().await;
    let page = stand.request(Method::GET, "/api/docs").send().await.unwrap();
    assert!(page.headers()["content-security-policy"].to_str().unwrap().contains("script-src 'self'"));
    let page = page.text().await.unwrap();
    assert!(!page.contains("://") && !page.contains("<style") && !page.contains("style=") && !page.contains("onload"));

    for (name, media) in
        [("swagger-ui.css", "text/css"), ("swagger-ui-bundle.js", "text/javascript"), ("start.js", "text/javascript")]
    {
        assert!(page.contains(&format!("\"docs/{name}\"")), "{name}");
        let asset = stand.request(Method::GET, &format!("/api/docs/{name}")).send().await.unwrap();
        assert_eq!((asset.status().as_u16(), asset.headers()[CONTENT_TYPE].to_str().unwrap()), (200, media), "{name}");
    }
    stand.get("/api/docs/index.html").await.assert_error(404, "not_found");
}
