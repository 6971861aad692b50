//! `sync run`, `sync status`, `syncs`, `retry` and `replay`, and what they ask of a gateway.

use crate::gateway::{ask, gateway};
use serde_json::{Value, json};

fn sync(status: &str, processed: u64) -> (u16, Value) {
    let sync = json!({"id": 7, "status": status, "progress": {"total_records": 200, "processed_records": processed},
        "summary": {"created": processed}, "errors": []});
    (200, json!({"success": true, "data": {"sync": sync}}))
}

const RUN: [&str; 10] =
    ["sync", "run", "--integration", "3", "--entity", "customers", "--type", "full", "--direction", "to_geniacs"];

#[test]
fn a_watched_sync_outlives_a_restart_of_the_gateway_and_ends_with_its_code() {
    for (end, code) in [("success", 0), ("partial", 2), ("failed", 1), ("cancelled", 1)] {
        let away = (503, json!({"success": false, "message": "the database is away", "error": {"code": "away"}}));
        let (url, served) = gateway(vec![sync("processing", 0), away, sync("processing", 100), sync(end, 200)]);

        let ran = ask(&url, &[&RUN[..], &["--limit", "200", "--watch"]].concat());
        assert_eq!(ran.code, code, "{}{}", ran.stdout, ran.stderr);
        assert!(ran.stdout.starts_with(&format!("sync 7: {end}, 200 records: 200 created")), "{}", ran.stdout);

        let asked = served.join().unwrap();
        assert_eq!(asked[0].0, "POST /api/geniacs/sync/trigger HTTP/1.1");

        let request = json!({"integration_id": 3, "sync_type": "full", "entity_type": "customers",
            "sync_direction": "to_geniacs", "filters": {"limit": 200}});
        assert_eq!(asked[0].1, request);
        assert_eq!(asked[3].0, "GET /api/geniacs/sync/7/status HTTP/1.1");
    }
}

#[test]
fn json_output_is_the_gateways_answer() {
    let (url, served) = gateway(vec![sync("processing", 0)]);
    let ran = ask(&url, &["sync", "status", "7", "--json"]).succeeded();
    assert_eq!(serde_json::from_str::<Value>(&ran.stdout).unwrap(), sync("processing", 0).1["data"]);
    served.join().unwrap();
}

#[test]
fn a_refusal_names_every_field() {
    let body = json!({"success": false, "message": "some fields are not valid",
        "error": {"code": "validation_failed", "details": [{"field": "filters.limit", "message": "is too large"}]}});
    let (url, served) = gateway(vec![(422, body)]);
    let ran = ask(&url, &RUN);
    assert!(ran.sentence().ends_with("some fields are not valid; filters.limit: is too large"), "{}", ran.stderr);
    served.join().unwrap();
}

#[test]
fn a_refused_token_names_the_command_that_makes_one() {
    let (url, served) = gateway(vec![(401, json!({"success": false, "message": "sign in"}))]);
    let ran = ask(&url, &["sync", "status", "7"]);
    assert!(ran.sentence().contains("geniacsctl token create"), "{}", ran.stderr);
    served.join().unwrap();
}

/// The bodies that were asked with.
fn entities(asked: &[(String, Value)]) -> Vec<&str> {
    asked.iter().filter_map(|(_, body)| body["entity_type"].as_str()).collect()
}

const ALL: [&str; 9] =
    ["sync", "run", "--integration", "3", "--all", "--type", "incremental", "--direction", "from_geniacs"];

#[test]
fn all_entities_are_synced_in_the_order_of_dependence_and_the_worst_end_counts() {
    let ends = ["success", "partial", "success", "success", "success", "success"];
    let answers = ends.iter().flat_map(|end| [sync("processing", 0), sync(end, 200)]).collect();

    let (url, served) = gateway(answers);
    let ran = ask(&url, &[&ALL[..], &["--filter", "ids=a,b", "--option", "dry_run=true", "--json"]].concat());
    assert_eq!((ran.code, ran.stderr.as_str()), (2, ""), "{}", ran.stdout);

    let data: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(data["syncs"].as_array().unwrap().len(), 6);

    let asked = served.join().unwrap();
    let order = ["nas_servers", "customers", "subscriptions", "invoices", "payments", "monitoring_data"];
    assert_eq!(entities(&asked), order);
    assert_eq!(asked[0].1["filters"], json!({"ids": ["a", "b"]}));
    assert_eq!(asked[0].1["options"], json!({"dry_run": true}));
}

#[test]
fn entities_that_refer_to_those_of_a_failed_sync_are_left_out() {
    let (url, served) = gateway(vec![sync("processing", 0), sync("failed", 0)]);
    let ran = ask(&url, &ALL);
    assert_eq!(ran.code, 1, "{}{}", ran.stdout, ran.stderr);
    assert_eq!(entities(&served.join().unwrap()), ["nas_servers"]);
}

#[test]
fn a_filter_without_a_value_is_one_sentence() {
    for (filter, reason) in [("status", "--filter name=value"), ("ids=1,x", "not a number")] {
        let ran = ask("http://127.0.0.1:1", &[&RUN[..], &["--filter", filter]].concat());
        assert!(ran.sentence().contains(reason), "{}", ran.stderr);
    }
}

#[test]
fn syncs_are_listed_page_by_page_until_there_are_enough() {
    let listed = |ids: &[i64], next: Value| {
        let syncs: Vec<Value> = ids
            .iter()
            .map(|id| {
                json!({"id": id, "integration_id": 1, "entity_type": "payments", "sync_type": "full",
                    "sync_direction": "to_geniacs", "status": "partial", "started_at": "2026-01-01T00:00:00Z",
                    "progress": {"processed_records": 25_000, "failed_records": 3}})
            })
            .collect();
        (200, json!({"success": true, "data": {"syncs": syncs, "next_cursor": next}}))
    };

    let (url, served) = gateway(vec![listed(&[9, 8], json!("8")), listed(&[7], json!("7"))]);
    let words = ["syncs", "--integration", "1", "--entity", "payments", "--status", "partial", "--limit", "3"];
    let ran = ask(&url, &words).succeeded();

    let lines: Vec<&str> = ran.stdout.lines().collect();
    assert_eq!(lines.len(), 4, "{}", ran.stdout);
    assert!(lines[1].contains("partial") && lines[1].contains("25,000"), "{}", ran.stdout);
    assert!(ran.stderr.contains("--after 7"), "{}", ran.stderr);

    let asked = served.join().unwrap();
    let first = "GET /api/geniacs/syncs?integration_id=1&entity_type=payments&status=partial&limit=3 HTTP/1.1";
    assert_eq!(asked[0].0, first);
    assert!(asked[1].0.contains("limit=1&after=8"), "{}", asked[1].0);
}

#[test]
fn a_retry_is_watched_to_its_own_end() {
    let (url, served) = gateway(vec![sync("pending", 0), sync("processing", 1), sync("partial", 2)]);
    let ran = ask(&url, &["retry", "4", "--watch"]);
    assert_eq!(ran.code, 2, "{}{}", ran.stdout, ran.stderr);
    let asked = served.join().unwrap();
    assert_eq!(asked[0].0, "POST /api/geniacs/sync/4/retry HTTP/1.1");
    assert_eq!(asked[1].0, "GET /api/geniacs/sync/7/status HTTP/1.1");
}

#[test]
fn a_sync_that_is_cancelled_says_whether_it_has_ended() {
    let (url, served) = gateway(vec![sync("processing", 1), sync("cancelled", 2)]);
    let asked = ask(&url, &["sync", "cancel", "7"]).succeeded();
    assert!(asked.stdout.contains("as soon as its requests under way"), "{}", asked.stdout);
    let ended = ask(&url, &["sync", "cancel", "7"]).succeeded();
    assert!(ended.stdout.contains("sync 7: cancelled"), "{}", ended.stdout);
    assert_eq!(served.join().unwrap()[0].0, "POST /api/geniacs/sync/7/cancel HTTP/1.1");
}

#[test]
fn an_interrupted_sync_is_watched_to_the_end_of_the_one_that_goes_on() {
    let (url, served) = gateway(vec![sync("processing", 0), sync("success", 2)]);
    ask(&url, &["sync", "resume", "4", "--watch"]).succeeded();
    assert_eq!(served.join().unwrap()[0].0, "POST /api/geniacs/sync/4/resume HTTP/1.1");
}

#[test]
fn an_event_is_replayed_by_its_number_and_many_by_filters() {
    let answer = (200, json!({"success": true, "data": {"replayed": 12}}));

    let (url, served) = gateway(vec![answer.clone(), answer]);
    ask(&url, &["replay", "5"]).succeeded();
    let many = ask(&url, &["replay", "--state", "set_aside", "--integration", "2"]).succeeded();
    assert_eq!(many.stdout, "12 events wait to be applied again\n");

    let asked = served.join().unwrap();
    assert_eq!(asked[0].0, "POST /api/geniacs/webhook-events/5/replay HTTP/1.1");
    assert_eq!(asked[1].0, "POST /api/geniacs/webhook-events/replay HTTP/1.1");
    assert_eq!(asked[1].1, json!({"state": "set_aside", "integration_id": 2}));

    assert!(ask(&url, &["replay"]).sentence().contains("say which events"));
}
