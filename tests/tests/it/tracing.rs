//! One trace from the request to the partner's answer, and no secret on the way.

use end_to_end::{Stack, StackOptions};
use serde_json::Value;

fn trace_of(line: &str, needle: &str) -> Option<String> {
    if !line.contains(needle) {
        return None;
    }
    let line: Value = serde_json::from_str(line).ok()?;
    line["trace_id"].as_str().map(str::to_owned)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_workers_log_carries_the_trace_of_the_request_that_asked_for_the_sync() {
    let stack = Stack::start(StackOptions::default()).await;
    crate::syncs::load_customers(&stack, 10).await;
    let push = stack.run("full", "to_geniacs").await;
    let stored = format!("SELECT traceparent FROM geniacs_data_sync WHERE id = {}", push["id"]);
    let traceparent = stack.database.ask(&stored).await;
    let trace = traceparent.split('-').nth(1).expect("a trace id").to_owned();
    let ended = test_support::eventually("the worker logs the end", end_to_end::LIMIT, async || {
        stack.workers[0].log().iter().find_map(|line| trace_of(line, "sync ended"))
    })
    .await;
    assert_eq!(ended, trace);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_log_and_no_metric_holds_a_secret_or_a_customers_data() {
    let mut stack = Stack::start(StackOptions::default()).await;
    crate::syncs::load_customers(&stack, 10).await;
    stack.database.execute("UPDATE customers SET email = 'secret-mail' WHERE id = 3").await;
    stack.run("full", "to_geniacs").await;

    let planted =
        ["simulator-key", "simulator-secret", "secret-mail", "Customer 4", "0812", stack.webhook_secret.as_str()];
    let services = [&stack.gateway, &stack.ingest, &stack.scheduler, &stack.workers[0]];
    for service in services {
        let url = format!("{}/metrics", service.url());
        let metrics = reqwest::get(url).await.expect("metrics").text().await.expect("text");
        for text in service.log().iter().chain([&metrics]) {
            for secret in planted {
                assert!(!text.contains(secret), "{secret} is in: {text}");
            }
        }
    }

    stack.workers.clear();
}
