//! Nothing is called by way of a proxy that the environment names.

use end_to_end::{Stack, StackOptions};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_in_the_environment_is_passed_by() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let proxy = format!("http://{}", listener.local_addr().expect("its address"));
    let met = Arc::<AtomicUsize>::default();
    let counted = met.clone();
    tokio::spawn(async move {
        while listener.accept().await.is_ok() {
            counted.fetch_add(1, Ordering::SeqCst);
        }
    });

    let names = ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
    let settings = names.into_iter().map(|name| (name, proxy.clone())).collect();
    let stack = Stack::start(StackOptions { settings, ..StackOptions::default() }).await;
    crate::syncs::load_customers(&stack, 3).await;

    let tested =
        stack.post(&format!("/api/geniacs/integrations/{}/test-connection", stack.integration_id), &json!({})).await;
    assert_eq!(tested["data"]["connection_test"]["status"], "success", "{tested}");
    assert_eq!(stack.run("full", "to_geniacs").await["status"], "success");
    assert_eq!(met.load(Ordering::SeqCst), 0);
}
