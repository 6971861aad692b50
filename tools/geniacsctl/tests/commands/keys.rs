//! Sealing everything with another key.

use crate::stand::{Ran, client, number, run, spawn, text};
use secrets::{ExposeSecret as _, KeyRing, Place};
use serde_json::{Value, json};
use std::time::Duration;
use test_support::{TestDatabase, eventually};
use tokio_postgres::Client;

const TABLE: &str = "geniacs_integrations";
const COLUMNS: [&str; 4] = ["api_key_encrypted", "api_secret_encrypted", "webhook_secret", "webhook_secret_previous"];
const LIMIT: Duration = Duration::from_mins(1);

struct Rings {
    old: String,
    /// The new key first, the old one behind it.
    both: String,
    new: String,
}

impl Rings {
    fn new() -> Self {
        let (old, new) = (KeyRing::generate_entry("k1"), KeyRing::generate_entry("k_2"));
        Self { both: format!("{new},{old}"), old, new }
    }
}

/// Integrations whose secrets the old key has sealed. One is archived and has none but its webhook secret.
async fn integrations(database: &TestDatabase, keys: &str, count: i64) {
    let (client, keys) = (client(database).await, KeyRing::parse(keys).unwrap());
    let sql = "INSERT INTO geniacs_integrations (id, name, endpoint_url, api_key_encrypted, api_secret_encrypted,
             webhook_secret, webhook_secret_previous)
         VALUES ($1, 'partner ' || $1::bigint, 'https://partner.example', $2, $3, $4, $5)";

    for row in 1..=count {
        let [key, secret, hook, previous] =
            COLUMNS.map(|column| keys.seal(&Place { table: TABLE, column, row }, format!("{column} {row}")));
        client.execute(sql, &[&row, &key, &secret, &hook, &previous]).await.unwrap();
    }

    let archived =
        "UPDATE geniacs_integrations SET archived_at = now(), api_key_encrypted = '', api_secret_encrypted = '',
         webhook_secret_previous = NULL WHERE id = 2";
    client.execute(archived, &[]).await.unwrap();
}

async fn value(client: &Client, column: &str, row: i64) -> String {
    text(client, &format!("SELECT coalesce({column}, '') FROM geniacs_integrations WHERE id = {row}")).await
}

/// Every secret of so many integrations opens with the ring, and is what it was.
async fn all_open(client: &Client, keys: &str, count: i64) {
    let keys = KeyRing::parse(keys).unwrap();
    for row in 1..=count {
        for column in COLUMNS {
            let sealed = value(client, column, row).await;
            if row == 2 && column != "webhook_secret" {
                assert_eq!(sealed, "");
                continue;
            }
            let open = keys.open(&Place { table: TABLE, column, row }, &sealed).unwrap();
            assert_eq!(open.expose_secret(), format!("{column} {row}"));
        }
    }
}

fn with(database: &TestDatabase, keys: &str, words: &[&str]) -> Ran {
    run(words, &[("DATABASE_URL", database.url()), ("GENIACS_ENCRYPTION_KEYS", keys)])
}

fn status(database: &TestDatabase, keys: &str) -> (i32, Value) {
    let ran = with(database, keys, &["--json", "keys", "status"]);
    (ran.code, serde_json::from_str(&ran.stdout).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_is_sealed_anew_and_the_old_key_is_proved_unused() {
    let (database, rings) = (TestDatabase::create().await, Rings::new());
    integrations(&database, &rings.old, 7).await;

    let (code, before) = status(&database, &rings.both);
    assert_eq!((code, &before["current"], &before["unused"]), (0, &json!("k_2"), &json!([])), "{before}");
    assert_eq!(before["in_use"][0]["values"], 6, "an archived one has no API key: {before}");

    let ran = with(&database, &rings.both, &["keys", "rotate", "--batch", "2"]).succeeded();
    assert!(
        ran.stdout.ends_with("key k1 is unused and can be removed from GENIACS_ENCRYPTION_KEYS\n"),
        "{}",
        ran.stdout
    );

    let client = client(&database).await;
    all_open(&client, &rings.new, 7).await;
    assert_eq!(number(&client, "SELECT sum(version) FROM geniacs_integrations").await, 7, "nothing was edited");

    let (code, after) = status(&database, &rings.new);
    assert_eq!((code, after["in_use"].as_array().unwrap().len()), (0, 5), "with the audit log's own key: {after}");
    assert!(after["in_use"].as_array().unwrap().iter().all(|one| one["key"] == "k_2"), "{after}");

    let again = with(&database, &rings.both, &["--json", "keys", "rotate"]).succeeded();
    let again: Value = serde_json::from_str(&again.stdout).unwrap();
    assert_eq!(again, json!({"current": "k_2", "sealed": 0, "unused": ["k1"]}));

    let audited = "SELECT string_agg(after::text, ' ') FROM audit_log WHERE action = 'keys.rotated'";
    assert_eq!(text(&client, audited).await, r#"{"key": "k_2", "values": 25}"#);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_that_is_killed_loses_nothing_and_the_next_one_goes_on() {
    let (database, rings) = (TestDatabase::create().await, Rings::new());
    integrations(&database, &rings.old, 30).await;

    let (holder, client) = (client(&database).await, client(&database).await);
    holder.batch_execute("BEGIN; SELECT 1 FROM geniacs_integrations WHERE id = 20 FOR UPDATE").await.unwrap();

    let environment = [("DATABASE_URL", database.url()), ("GENIACS_ENCRYPTION_KEYS", rings.both.as_str())];
    let mut rotating = spawn(&["keys", "rotate", "--batch", "1"], &environment);

    let sealed = "SELECT count(*) FROM geniacs_integrations WHERE api_key_encrypted LIKE 'v1.k\\_2.%'";
    let waits = async || (number(&client, sealed).await == 18).then_some(());
    eventually("it waits for the row that is held", LIMIT, waits).await;

    rotating.kill().unwrap();
    rotating.wait().unwrap();
    holder.batch_execute("ROLLBACK").await.unwrap();

    all_open(&client, &rings.both, 30).await;
    assert_eq!(number(&client, sealed).await, 18);

    let (_, half) = status(&database, &rings.both);
    let left = |one: &&Value| (&one["column"], &one["key"]) == (&json!("api_key_encrypted"), &json!("k1"));
    let left = half["in_use"].as_array().unwrap().iter().find(left).unwrap();
    assert_eq!(left["values"], 11, "{half}");

    with(&database, &rings.both, &["keys", "rotate"]).succeeded();
    all_open(&client, &rings.new, 30).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_in_the_middle_of_a_rotation_is_kept() {
    let (database, rings) = (TestDatabase::create().await, Rings::new());
    integrations(&database, &rings.old, 5).await;
    let (editor, client) = (client(&database).await, client(&database).await);
    editor.batch_execute("BEGIN; SELECT 1 FROM geniacs_integrations WHERE id = 3 FOR UPDATE").await.unwrap();

    let environment = [("DATABASE_URL", database.url()), ("GENIACS_ENCRYPTION_KEYS", rings.both.as_str())];
    let mut rotating = spawn(&["keys", "rotate", "--batch", "10"], &environment);

    let waiting =
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    eventually("it waits", LIMIT, async || (number(&client, waiting).await > 0).then_some(())).await;

    // By a service that does not know the new key yet.
    let place = Place { table: TABLE, column: COLUMNS[0], row: 3 };
    let edited = KeyRing::parse(&rings.old).unwrap().seal(&place, "edited");
    editor.execute("UPDATE geniacs_integrations SET api_key_encrypted = $1 WHERE id = 3", &[&edited]).await.unwrap();
    editor.batch_execute("COMMIT").await.unwrap();

    assert!(rotating.wait().unwrap().success());
    let sealed = value(&client, COLUMNS[0], 3).await;
    assert_eq!(KeyRing::parse(&rings.new).unwrap().open(&place, &sealed).unwrap().expose_secret(), "edited");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_that_does_not_open_stays_as_it_is_and_is_named() {
    let (database, rings) = (TestDatabase::create().await, Rings::new());
    integrations(&database, &rings.old, 3).await;
    let client = client(&database).await;

    let lost = KeyRing::parse(&KeyRing::generate_entry("lost")).unwrap();
    let lost = lost.seal(&Place { table: TABLE, column: "api_key_encrypted", row: 3 }, "x");
    client.execute("UPDATE geniacs_integrations SET api_key_encrypted = $1 WHERE id = 3", &[&lost]).await.unwrap();

    let ran = with(&database, &rings.both, &["keys", "rotate"]);
    let sentence = ran.sentence();
    assert!(sentence.contains("1 value(s)") && sentence.contains("row 3") && sentence.contains("`lost`"), "{sentence}");

    assert_eq!(value(&client, "api_key_encrypted", 3).await, lost);
    assert!(value(&client, "api_key_encrypted", 1).await.starts_with("v1.k_2."), "the others were sealed anew");

    let (code, status) = status(&database, &rings.both);
    assert_eq!((code, &status["unused"]), (1, &json!(["k1"])), "{status}");

    let without = run(&["keys", "status"], &[("DATABASE_URL", database.url())]);
    assert!(without.sentence().contains("encryption_keys"), "it needs the ring");
}
