//! What keeps a gateway from starting is one sentence.

use crate::stand::{Stand, variables};
use secrets::KeyRing;
use service::{CancellationToken, Settings};
use test_support::TestDatabase;

async fn refusal(url: &str, keys: &str) -> String {
    service::install_tls_provider();
    let settings = Settings::from_map(variables(url, keys, &[])).unwrap();
    api_gateway::start(settings, CancellationToken::new()).await.unwrap_err().to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_without_its_schema_names_the_command_that_makes_it() {
    let database = TestDatabase::create_empty().await;
    let sentence = refusal(database.url(), &KeyRing::generate_entry("test")).await;
    assert!(sentence.contains("geniacsctl migrate"), "{sentence}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_does_not_answer_is_said_so() {
    let sentence = refusal("postgres://nobody@127.0.0.1:1/none", &KeyRing::generate_entry("test")).await;
    assert!(sentence.contains("the database does not answer"), "{sentence}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_credentials_were_sealed_with_and_that_is_gone_is_named() {
    let stand = Stand::start().await;
    stand.integration("Primary").await;
    let sentence = refusal(stand.database.url(), &KeyRing::generate_entry("other")).await;
    assert!(sentence.contains("`test`") && sentence.contains("GENIACS_ENCRYPTION_KEYS"), "{sentence}");
}
