use std::net::TcpListener;

use serde_json::{Value, json};
use test_support::TestDatabase;

use crate::stand::{client, number, run, run_on};

/// A port that nothing listens on.
fn closed_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[test]
fn a_missing_setting_is_named() {
    for words in [&["load"][..], &["check"]] {
        let ran = run(words, &[]);
        assert!(ran.sentence().contains("DATABASE_URL"), "{}", ran.stderr);
    }
}

#[test]
fn a_missing_server_is_one_sentence_without_the_password() {
    let url = format!("postgres://geniacs:hunter2@127.0.0.1:{}/geniacs", closed_port());
    for words in [&["load"][..], &["reset", "--name", "other"]] {
        let ran = run(words, &[("DATABASE_URL", &url)]);
        assert!(ran.sentence().contains("check that it runs and that DATABASE_URL is right"), "{}", ran.stderr);
        assert!(!ran.stderr.contains("hunter2"), "{}", ran.stderr);
    }
}

#[test]
fn wrong_words_are_one_sentence() {
    let too_many = run(&["load", "--customers", "99999999"], &[]);
    assert!(too_many.sentence().contains("--customers"), "{}", too_many.stderr);
    assert!(run(&[], &[]).sentence().contains("`geniacs-demo --help`"));
    run(&["--help"], &[]).succeeded();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_of_a_newer_version_is_left_alone() {
    let database = TestDatabase::create().await;
    database.execute("INSERT INTO __diesel_schema_migrations (version) VALUES ('99999999')").await;
    for words in [&["load"][..], &["touch"]] {
        let ran = run_on(&database, words);
        assert!(ran.sentence().contains("newer version") && ran.sentence().contains("99999999"), "{}", ran.stderr);
    }
    assert_eq!(number(&client(&database).await, "SELECT count(*) FROM customers").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_lacks_migrations_names_the_command_that_runs_them() {
    let database = TestDatabase::create_empty().await;
    let ran = run_on(&database, &["load"]);
    assert!(ran.sentence().contains("geniacsctl migrate"), "{}", ran.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_data_commands_answer_in_json() {
    let database = TestDatabase::create().await;
    let answer = |words: &[&str]| -> Value {
        let ran = run_on(&database, &[words, &["--json"]].concat()).succeeded();
        serde_json::from_str(&ran.stdout).unwrap()
    };
    let loaded = answer(&["load", "--customers", "100"]);
    assert_eq!((&loaded["loaded"]["customers"], &loaded["loaded"]["payments"]), (&json!(100), &json!(250)));
    assert_eq!(answer(&["touch", "--count", "3"]), json!({"entity_type": "customers", "changed": 3}));
}
