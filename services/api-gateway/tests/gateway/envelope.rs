//! What every answer has in common.

use crate::stand::{Stand, send};
use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use serde_json::json;

const INTEGRATIONS: &str = "/api/geniacs/integrations";

#[tokio::test(flavor = "multi_thread")]
async fn unknown_paths_and_methods_are_answered_in_the_envelope() {
    let stand = Stand::start().await;
    for path in ["/api", "/api/", "/api/nothing", "/api/geniacs/nothing", "/api/geniacs/integrations/1/nothing"] {
        stand.get(path).await.assert_error(404, "not_found");
    }
    let answer = send(stand.request(Method::DELETE, INTEGRATIONS)).await;
    answer.assert_error(405, "method_not_allowed");
    assert_eq!(answer.headers["allow"], "GET, HEAD, POST");
    for path in ["/api/geniacs/integrations/0", "/api/geniacs/integrations/x", "/api/geniacs/sync/99/status"] {
        stand.get(path).await.assert_error(404, "not_found");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn head_works_where_get_does_with_the_same_headers() {
    let stand = Stand::start().await;
    let id = stand.integration("Primary").await;
    let ask = async |method: Method, path: &str| {
        let request = stand.request(method, path).bearer_auth(stand.admin()).header("x-request-id", "same");
        request.send().await.unwrap()
    };
    for path in [INTEGRATIONS, &format!("{INTEGRATIONS}/{id}"), "/api/openapi.json", "/api/docs", "/api/auth/me"] {
        let (got, headed) = (ask(Method::GET, path).await, ask(Method::HEAD, path).await);
        assert_eq!(headed.status(), 200, "{path}");
        for name in ["content-length", "content-type", "x-request-id", "cache-control"] {
            assert_eq!(headed.headers()[name], got.headers()[name], "{path}: {name}");
        }
        assert_eq!(headed.headers().get("etag"), got.headers().get("etag"), "{path}");
        assert_eq!(headed.bytes().await.unwrap().len(), 0, "{path}");
    }

    for (path, status) in [("/api/nothing", 404), ("/api/auth/login", 405), ("/api/geniacs/integrations/99", 404)] {
        assert_eq!(ask(Method::HEAD, path).await.status(), status, "{path}");
    }
    let stream = ask(Method::HEAD, "/api/geniacs/events/stream").await;
    assert_eq!((stream.status().as_u16(), stream.bytes().await.unwrap().len()), (200, 0), "it does not go on for ever");
    assert_eq!(stand.request(Method::HEAD, INTEGRATIONS).send().await.unwrap().status(), 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_id_is_made_or_taken_over() {
    let stand = Stand::start().await;
    let made = stand.get(INTEGRATIONS).await;
    assert_eq!(made.headers["x-request-id"].len(), 36);
    let given = send(stand.request(Method::GET, INTEGRATIONS).header("x-request-id", "abc-1")).await;
    given.assert_error(401, "unauthenticated");
    assert_eq!(given.headers["x-request-id"], "abc-1");
    let strange = send(stand.request(Method::GET, INTEGRATIONS).header("x-request-id", "a b;c")).await;
    assert_eq!(strange.headers["x-request-id"].len(), 36);
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_that_are_not_a_json_object_are_told_apart() {
    let stand = Stand::start().await;
    let login = |body: &'static str, media: &'static str| {
        send(stand.request(Method::POST, "/api/auth/login").header(CONTENT_TYPE, media).body(body))
    };

    for body in ["", "{", "[]", "7", "{\"a\":1}x", "{\"a\":\"\\ud800\"}"] {
        login(body, "application/json").await.assert_error(400, "malformed_json");
    }

    login("{}", "text/plain").await.assert_error(415, "not_json");
    let bare = stand.request(Method::POST, "/api/auth/login").body("{}");
    send(bare).await.assert_error(415, "not_json");

    let fields = login("{}", "application/json; charset=utf-8").await;
    fields.assert_error(422, "validation_failed");
    assert_eq!(fields.fields(), ["email", "password"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_above_one_mebibyte_or_nested_without_end_is_refused() {
    let stand = Stand::start().await;
    let login = |body: String| {
        send(stand.request(Method::POST, "/api/auth/login").header(CONTENT_TYPE, "application/json").body(body))
    };
    login(format!("{{\"email\": \"{}\"}}", "x".repeat(1 << 20))).await.assert_error(413, "body_too_large");
    login(format!("{{\"email\": {}", "[".repeat(10_000))).await.assert_error(400, "malformed_json");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_query_parameter_is_a_400_that_names_it() {
    let stand = Stand::start().await;

    for (query, field) in [
        ("page=0", "page"),
        ("page=x", "page"),
        ("page=99999999999999999999", "page"),
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("is_active=perhaps", "is_active"),
    ] {
        let answer = stand.get(&format!("{INTEGRATIONS}?{query}")).await;
        answer.assert_error(400, "bad_parameter");
        assert_eq!(answer.fields(), [field]);
    }

    let both = stand.get("/api/geniacs/mappings?entity_type=clients&integration_id=-1").await;
    assert_eq!(both.fields(), ["entity_type", "integration_id"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_are_paged_newest_first() {
    let stand = Stand::start().await;
    let empty = stand.get(INTEGRATIONS).await;
    let pagination = json!({"current_page": 1, "total_pages": 0, "total_items": 0, "per_page": 10});
    assert_eq!(empty.body, json!({"success": true, "data": {"integrations": [], "pagination": pagination}}));

    for name in ["a", "b", "c"] {
        stand.integration(name).await;
    }

    let page = stand.get(&format!("{INTEGRATIONS}?page=2&limit=2")).await.body;
    let pagination = json!({"current_page": 2, "total_pages": 2, "total_items": 3, "per_page": 2});
    assert_eq!(page["data"]["pagination"], pagination);
    assert_eq!(page["data"]["integrations"].as_array().unwrap().len(), 1);
    assert_eq!(page["data"]["integrations"][0]["name"], "a");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_detail_has_a_code_and_parameters_beside_its_words() {
    let stand = Stand::start().await;
    let id = stand.integration("Primary").await;
    let parameter = stand.get("/api/geniacs/integrations?limit=1000&is_active=x").await;
    let details = parameter.body["error"]["details"].as_array().unwrap().clone();
    let of = |field: &str| details.iter().find(|detail| detail["field"] == field).unwrap();
    assert_eq!(
        (&of("limit")["code"], &of("limit")["params"]),
        (&json!("range"), &json!({"minimum": 1, "maximum": 100}))
    );
    assert_eq!(of("is_active")["code"], "not_a_flag");

    let mapping = json!({"integration_id": id, "entity_type": "x", "local_field": "a".repeat(300), "geniacs_field": 7,
        "field_type": "string", "extra": 1});
    let refused = stand.post("/api/geniacs/mappings", &mapping).await;
    let details = refused.body["error"]["details"].as_array().unwrap().clone();
    let code = |field: &str| details.iter().find(|detail| detail["field"] == field).unwrap()["code"].clone();
    assert_eq!((code("entity_type"), code("local_field")), (json!("unknown_name"), json!("length")));
    assert_eq!((code("geniacs_field"), code("extra")), (json!("not_text"), json!("unknown_field")));
    assert!(details.iter().all(|detail| detail["message"].is_string() && detail["params"].is_object()));

    let rules = json!({"integration_id": id, "entity_type": "customers", "local_field": "city", "geniacs_field": "c",
        "field_type": "string", "transformation_rules": {"round": 2, "rot13": true, "max_length": 0}});
    let refused = stand.post("/api/geniacs/mappings", &rules).await;
    let details = refused.body["error"]["details"].as_array().unwrap().clone();
    let codes: Vec<_> = details.iter().map(|detail| detail["code"].as_str().unwrap()).collect();
    for expected in ["rule_of_another_type", "unknown_rule", "wrong_argument"] {
        assert!(codes.contains(&expected), "{expected} in {codes:?}");
    }
}
