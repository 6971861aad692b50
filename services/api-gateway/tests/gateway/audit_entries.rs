//! Every route that changes something, done once with success: one entry of the audit log each.

use crate::stand::{PASSWORD, Stand, integration, send};
use domain::Role;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

/// Routes that take a body and change nothing.
const READS: [&str; 1] = ["POST /api/geniacs/mappings/preview"];

#[tokio::test(flavor = "multi_thread")]
async fn every_route_that_changes_something_writes_exactly_one_entry() {
    let stand = Stand::start_with(&[("GENIACS_WEBHOOK_ADDRESS", "http://127.0.0.1:1")]).await;
    for route in api_gateway::listed_routes().iter().filter(|route| route.method != "GET") {
        let name = format!("{} {}", route.method, route.path);
        if READS.contains(&name.as_str()) || name.ends_with("/count") {
            continue;
        }

        let (request, id) = scenario(&stand, &name, route.path).await;
        let before = entries(&stand).await;
        let answer = send(request.header("x-request-id", "the-request")).await;
        assert!(answer.status.is_success(), "{name}: {}", answer.body);
        assert_eq!(entries(&stand).await - before, 1, "{name} writes one entry");

        let told =
            "SELECT action || '|' || (user_id IS NOT NULL AND actor LIKE '%@example.com')::text || '|' || host(address)
             || '|' || request_id || '|' || (seq IS NOT NULL)::text || '|' || (before IS NOT NULL OR after IS NOT NULL
             OR action = 'token.revoked')::text || '|' || subject_type FROM audit_log ORDER BY id DESC LIMIT 1";
        let told = stand.database.ask(told).await;
        let (action, rest) = told.split_once('|').unwrap();
        assert!(action.contains('.') && rest.starts_with("true|127.0.0.1|the-request|true|true|"), "{name}: {told}");

        let is_new_sync = ["retry", "resume", "apply", "run"].iter().any(|verb| name.ends_with(verb));
        if let Some(id) = id.filter(|_| !is_new_sync) {
            let subject = stand.database.ask("SELECT subject_id FROM audit_log ORDER BY id DESC LIMIT 1").await;
            assert_eq!(subject, id.to_string(), "{name}");
        }
    }
}

async fn entries(stand: &Stand) -> i64 {
    stand.count("SELECT count(*) AS count FROM audit_log").await
}

/// Makes what a route needs to succeed; gives the request, and the number of the thing that it is about.
async fn scenario(stand: &Stand, name: &str, path: &str) -> (RequestBuilder, Option<i64>) {
    let (id, body) = prepare(stand, name).await;
    let filled = path.replace("{id}", &id.unwrap_or_default().to_string());
    let filled = if name == "PUT /api/geniacs/mappings" {
        format!("{filled}?integration_id={}&entity_type=customers", id.unwrap_or_default())
    } else {
        filled
    };

    let (method, _) = name.split_once(' ').unwrap();
    // What is deleted takes no body.
    let body = if method == "DELETE" { json!({}) } else { body };

    let request = stand.request(method.parse::<Method>().unwrap(), &filled).json(&body);
    let request = if name.ends_with("/login") { request } else { request.bearer_auth(token(stand, name).await) };
    (request, id)
}

/// One that a logout may end.
async fn token(stand: &Stand, name: &str) -> String {
    if name.contains("/logout") {
        return stand.fresh_token(Role::Admin).await;
    }
    if name.ends_with("/password") {
        let user = stand.user_with_password(Role::Viewer).await;
        return stand.token_of(&user, Role::Viewer).await;
    }
    stand.admin().to_owned()
}

async fn prepare(stand: &Stand, name: &str) -> (Option<i64>, Value) {
    let (method, path) = name.split_once(' ').unwrap();

    match path.split('/').nth(3).unwrap_or_default() {
        _ if path.starts_with("/api/auth/") => (None, session(stand, path).await),
        _ if path.starts_with("/api/users") => user(stand, method).await,
        _ if path.starts_with("/api/tokens") => own_token(stand, method).await,
        "integrations" => integrations(stand, method, path).await,
        "sync" => sync(stand, path).await,
        "syncs" => {
            sync(stand, "/api/geniacs/syncs/retry").await;
            let found = "SELECT count(*) FROM geniacs_data_sync WHERE status IN ('failed', 'partial')";
            (None, json!({"filter": {}, "confirm_count": stand.count(found).await}))
        }
        "conflicts" if path.ends_with("conflicts/resolve") => {
            conflict(stand, path).await;
            let found = "SELECT count(*) FROM conflicts WHERE state = 'open'";
            (None, json!({"resolution": "local", "filter": {}, "confirm_count": stand.count(found).await}))
        }
        "dead-letters" if path.ends_with("dead-letters/requeue") => {
            dead_letter(stand, path).await;
            let found = "SELECT count(*) FROM dead_letters WHERE state <> 'requeued'";
            (None, json!({"filter": {}, "confirm_count": stand.count(found).await}))
        }
        "consistency-checks" => {
            let integration = stand.integration(name).await;
            (None, json!({"integration_id": integration, "entity_type": "customers"}))
        }
        "webhook-events" => events(stand, path).await,
        "conflicts" => (Some(conflict(stand, path).await), json!({"resolution": "local"})),
        "dead-letters" => (Some(dead_letter(stand, path).await), json!({})),
        "reports" => (None, json!({"days": 1})),
        "notification-rules" => notification_rule(stand, method, path).await,
        "settings" => (None, json!({"log_days": 7})),
        "mappings" => mapping(stand, method).await,
        "schedules" => schedule(stand, method, path).await,
        _ => panic!("{name} has no scenario: say in this test how it succeeds once, or add it to READS"),
    }
}

async fn session(stand: &Stand, path: &str) -> Value {
    match path {
        "/api/auth/login" => {
            let user = stand.user_with_password(Role::Viewer).await;
            json!({"email": user.email, "password": PASSWORD})
        }
        "/api/auth/logout" | "/api/auth/logout-everywhere" => json!({}),
        "/api/auth/password" => json!({"current_password": PASSWORD, "new_password": "another horse battery staple"}),
        _ => panic!("{path} has no scenario"),
    }
}

async fn user(stand: &Stand, method: &str) -> (Option<i64>, Value) {
    match method {
        "POST" => {
            (None, json!({"email": "new@example.com", "name": "New", "role": "viewer", "password": "long enough now"}))
        }
        "PATCH" => (Some(stand.user(Role::Viewer, "none").await.id), json!({"is_active": false})),
        _ => (Some(stand.user(Role::Admin, "none").await.id), json!({})),
    }
}

async fn own_token(stand: &Stand, method: &str) -> (Option<i64>, Value) {
    if method == "POST" {
        return (None, json!({"name": "nightly"}));
    }
    stand.fresh_token(Role::Viewer).await;
    (Some(stand.count("SELECT max(id) AS count FROM api_tokens").await), json!({}))
}

async fn integrations(stand: &Stand, method: &str, path: &str) -> (Option<i64>, Value) {
    let name = format!("{method} {path}");

    match path.rsplit('/').next().unwrap() {
        "integrations" => (None, integration(&name)),
        "{id}" => (Some(stand.integration(&name).await), json!({"description": "edited"})),
        "restore" => {
            let id = stand.integration(&name).await;
            stand.change(Method::DELETE, &format!("/api/geniacs/integrations/{id}"), &json!({})).await;
            (Some(id), json!({"api_key": "another-key", "api_secret": "another-secret"}))
        }
        // No test event arrives: nobody listens at the address.
        "rotate-webhook-secret" | "send-test-event" => (Some(stand.integration(&name).await), json!({})),
        "rotate-credentials" => {
            (Some(stand.integration(&name).await), json!({"api_key": "another-key", "test": false}))
        }
        // Nobody listens there.
        "test-connection" => {
            let mut body = integration(&name);
            body["endpoint_url"] = json!("http://127.0.0.1:1/v1");
            let made = stand.post("/api/geniacs/integrations", &body).await;
            (made.body["data"]["integration"]["id"].as_i64(), json!({}))
        }
        _ => panic!("{name} has no scenario"),
    }
}

async fn sync(stand: &Stand, path: &str) -> (Option<i64>, Value) {
    let integration = stand.integration(path).await;
    let body = json!({"integration_id": integration, "entity_type": "customers", "sync_type": "full",
        "options": {"dry_run": path.ends_with("/apply")}});
    if path.ends_with("/trigger") {
        return (None, body);
    }

    let id = stand.post("/api/geniacs/sync/trigger", &body).await.body["data"]["sync"]["id"].as_i64().unwrap();
    let end = match path.rsplit('/').next().unwrap() {
        "cancel" => return (Some(id), json!({})),
        "apply" => format!(
            "INSERT INTO sync_plan_items (sync_id, chunk_id, direction, local_id, action)
             SELECT {id}, c.id, 'to_geniacs', 1, 'create' FROM sync_chunks c WHERE sync_id = {id};
             UPDATE geniacs_data_sync SET status = 'success', completed_at = now() WHERE id = {id}"
        ),
        "retry" => format!(
            "INSERT INTO sync_record_errors (sync_id, chunk_id, record_id, error_type, error_message)
             SELECT {id}, c.id, 1, 'validation_error', 'Invalid' FROM sync_chunks c WHERE sync_id = {id};
             UPDATE geniacs_data_sync SET status = 'partial', completed_at = now() WHERE id = {id}"
        ),
        "resume" => format!(
            "INSERT INTO sync_chunks (sync_id, integration_id, kind, state, after_id, upto_id)
             VALUES ({id}, {integration}, 'push', 'dropped', 40, 50);
             UPDATE geniacs_data_sync SET plan = '{{\"settings\": {{}}}}', walk = '{{\"after\": [0, 50]}}', total_records = 100,
                 status = 'cancelled', completed_at = now() WHERE id = {id}"
        ),
        _ => panic!("{path} has no scenario"),
    };

    let done = format!("UPDATE sync_chunks SET state = 'done' WHERE sync_id = {id}; {end}");
    stand.database.execute(&done).await;
    (Some(id), json!({}))
}

async fn events(stand: &Stand, path: &str) -> (Option<i64>, Value) {
    if path == "/api/geniacs/webhook-events/replay" {
        return (None, json!({"limit": 10}));
    }
    let integration = stand.integration(path).await;
    let insert = format!(
        "INSERT INTO geniacs_webhook_events (integration_id, event_type, event_id, dedupe_key, payload, signature, state,
             error_message, outcome)
         VALUES ({integration}, 'customer.updated', 'e', 'e', '{{}}', 's', 'set_aside', 'broken', 'invalid')"
    );
    stand.database.execute(&insert).await;
    (Some(stand.count("SELECT max(id) AS count FROM geniacs_webhook_events").await), json!({}))
}

async fn conflict(stand: &Stand, path: &str) -> i64 {
    let integration = stand.integration(path).await;
    let fields = json!([{"field": "name", "geniacs_field": "customer_name", "base": "Siti", "local": "Siti R.",
        "geniacs": "Siti A.", "winner": null}]);
    let insert = format!(
        "INSERT INTO customers (id, name) VALUES (1, 'Siti R.') ON CONFLICT DO NOTHING;
         INSERT INTO conflicts (integration_id, entity_type, local_id, geniacs_id, fields, policy, state)
         VALUES ({integration}, 'customers', 1, 'cust_1', '{fields}', 'manual', 'open')"
    );
    stand.database.execute(&insert).await;
    stand.count("SELECT max(id) AS count FROM conflicts").await
}

async fn dead_letter(stand: &Stand, key: &str) -> i64 {
    let insert = format!(
        "INSERT INTO dead_letters (message_key, queue, reason, message_type, content_type, state, payload) VALUES
         ('{key}', 'work', 'delivery_limit', 'geniacs.messages.v1.WorkPermit', 'application/vnd.geniacs.v1+protobuf', 'dropped', '')"
    );
    stand.database.execute(&insert).await;
    stand.count("SELECT max(id) AS count FROM dead_letters").await
}

async fn mapping(stand: &Stand, method: &str) -> (Option<i64>, Value) {
    let integration = stand.integration(&format!("{method} mapping")).await;
    let notes = json!({"local_field": "notes", "geniacs_field": "customer_notes", "field_type": "string"});
    if method == "PUT" {
        return (Some(integration), json!({"mappings": [notes]}));
    }

    if method == "POST" {
        let mut body = notes;
        body["integration_id"] = json!(integration);
        body["entity_type"] = json!("customers");
        return (None, body);
    }

    let newest = format!("SELECT max(id) AS count FROM geniacs_field_mappings WHERE integration_id = {integration}");
    (Some(stand.count(&newest).await), json!({"is_active": false}))
}

async fn notification_rule(stand: &Stand, method: &str, path: &str) -> (Option<i64>, Value) {
    let body = json!({"name": format!("{method} {path}"), "causes": ["sync_failed"], "channel": "webhook",
        "url": "https://hooks.example.com/a"});
    if method == "POST" && path.ends_with("notification-rules") {
        return (None, body);
    }
    let made = stand.post("/api/geniacs/notification-rules", &body).await;
    let id = made.body["data"]["notification_rule"]["id"].as_i64();
    (id, if method == "PATCH" { json!({"is_active": false}) } else { json!({}) })
}

async fn schedule(stand: &Stand, method: &str, path: &str) -> (Option<i64>, Value) {
    let integration = stand.integration(&format!("{method} {path}")).await;
    if method == "POST" && !path.ends_with("/run") {
        let body = json!({"integration_id": integration, "name": "Hourly", "entity_type": "customers",
            "sync_type": "incremental", "cron_expression": "0 * * * *"});
        return (None, body);
    }
    let first = format!("SELECT min(id) AS count FROM geniacs_sync_schedules WHERE integration_id = {integration}");
    (Some(stand.count(&first).await), if method == "PATCH" { json!({"name": "Renamed"}) } else { json!({}) })
}
