//! `--json`: one value on standard output, or one object on standard error; and completions.

use crate::gateway::{ask, gateway};
use crate::stand::{Ran, run, run_on};
use serde_json::{Value, json};
use test_support::TestDatabase;

/// The value on standard output, with nothing beside it.
fn value(ran: &Ran) -> Value {
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{}", ran.stdout);
    serde_json::from_str(&ran.stdout).unwrap()
}

/// The object on standard error.
fn failure(ran: &Ran) -> Value {
    assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{}", ran.stderr);
    serde_json::from_str(&ran.stderr).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_that_needs_a_database_answers_in_json() {
    let database = TestDatabase::create_empty().await;
    let ask = |words: &[&str]| value(&run_on(&database, &[words, &["--json"]].concat()));

    assert!(!ask(&["migrate"])["ran"].as_array().unwrap().is_empty());
    assert_eq!(ask(&["migrate"]), json!({"ran": []}));

    let user = ask(&["user", "create", "--email", "a@b.id", "--name", "A", "--role", "admin"]);
    assert_eq!(user["user"]["role"], "admin");
    assert!(user["password"].as_str().unwrap().len() >= 8);

    let token = ask(&["token", "create", "--email", "a@b.id", "--name", "t"]);
    assert!(token["token"].as_str().unwrap().starts_with("gnx_"), "{token}");
}

#[test]
fn commands_that_need_nothing_answer_in_json_too() {
    let key = value(&run(&["--json", "keys", "generate", "--id", "a"], &[]));
    assert!(secrets::KeyRing::parse(key["entry"].as_str().unwrap()).is_ok());
    let doctor = run(&["doctor", "--json"], &[]);
    assert_eq!((doctor.code, doctor.stderr.as_str()), (1, ""));
    let doctor: Value = serde_json::from_str(&doctor.stdout).unwrap();
    assert_eq!(doctor["well"], false);
    assert!(doctor["findings"].as_array().unwrap().iter().any(|finding| finding["well"] == false));
}

#[test]
fn a_failure_is_one_object_in_the_form_of_the_gateways() {
    let refused = json!({"success": false, "message": "some fields are not valid", "error": {"code": "validation_failed",
        "details": [{"field": "limit", "message": "is too large"}], "request_id": "r"}});

    let (url, served) = gateway(vec![(422, refused)]);
    let failed = failure(&ask(&url, &["syncs", "--json"]));
    served.join().unwrap();

    assert_eq!(failed["error"]["code"], "validation_failed");
    assert_eq!(failed["error"]["details"][0]["field"], "limit");
    assert_eq!((&failed["success"], &failed["error"]["status"]), (&json!(false), &json!(422)));

    for (words, code) in [
        (&["frobnicate", "--json"][..], "usage"),
        (&["sync", "run", "--json"], "usage"),
        (&["migrate", "--json"], "failed"),
        (
            &["sync", "status", "1", "--json", "--token", "x", "--gateway-url", "http://127.0.0.1:1"],
            "gateway_unreachable",
        ),
    ] {
        let failed = failure(&run(words, &[]));
        assert_eq!(failed["error"]["code"], code, "{failed}");
        assert!(!failed["message"].as_str().unwrap().contains('\n'));
    }
}

#[test]
fn completions_know_every_command() {
    for shell in ["bash", "zsh", "fish"] {
        let script = run(&["completions", shell], &[]).succeeded().stdout;
        for word in ["syncs", "retry", "replay", "import", "export", "doctor", "keys-file"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
    assert!(run(&["completions", "dos"], &[]).sentence().contains("bash"));
}
