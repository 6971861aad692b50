use crate::stand::{KEYS, run};
use std::net::TcpListener;

/// A port that nothing listens on.
fn closed_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[test]
fn a_missing_setting_is_named() {
    for words in [&["migrate"][..], &["audit", "verify"]] {
        let ran = run(words, &[("GENIACS_ENCRYPTION_KEYS", KEYS)]);
        assert!(ran.sentence().contains("DATABASE_URL"), "{}", ran.stderr);
    }
}

#[test]
fn a_missing_server_is_one_sentence_without_the_password() {
    let url = format!("postgres://geniacs:hunter2@127.0.0.1:{}/geniacs", closed_port());
    for words in [
        &["migrate"][..],
        &["user", "create", "--email", "a@b.id", "--name", "A", "--role", "viewer"],
        &["token", "create", "--email", "a@b.id", "--name", "A"],
    ] {
        let ran = run(words, &[("DATABASE_URL", &url), ("GENIACS_ENCRYPTION_KEYS", KEYS)]);
        assert!(ran.sentence().contains("check that it runs and that DATABASE_URL is right"), "{}", ran.stderr);
        assert!(!ran.stderr.contains("hunter2"), "{}", ran.stderr);
    }
}

#[test]
fn an_impossible_setting_stops_every_command() {
    let ran = run(&["migrate"], &[("GENIACS_BATCH_SIZE", "0")]);
    assert!(ran.sentence().starts_with("setting `batch_size` from environment variable GENIACS_BATCH_SIZE"));
}

#[test]
fn a_gateway_that_is_not_there_is_one_sentence() {
    let url = format!("http://127.0.0.1:{}", closed_port());
    let status = run(&["sync", "status", "1", "--gateway-url", &url, "--token", "gnx_x"], &[]);
    assert!(status.sentence().contains("--gateway-url"), "{}", status.stderr);
    let without_token = run(&["sync", "status", "1", "--gateway-url", &url], &[]);
    assert!(without_token.sentence().contains("geniacsctl token create"), "{}", without_token.stderr);
    let no_address = run(&["sync", "status", "1", "--gateway-url", "gateway", "--token", "gnx_x"], &[]);
    assert!(no_address.sentence().contains("http://"), "{}", no_address.stderr);
}

#[test]
fn a_probe_tells_whether_an_address_answers() {
    let url = format!("http://127.0.0.1:{}/readyz", closed_port());
    assert!(run(&["probe", &url], &[]).sentence().contains("does not answer"));
}

#[test]
fn a_generated_key_is_an_entry_of_the_ring() {
    let entry = run(&["keys", "generate", "--id", "2026"], &[]).succeeded().stdout;
    assert_eq!(secrets::KeyRing::parse(&entry).unwrap().current_id(), "2026");
    assert!(run(&["keys", "generate", "--id", "a b"], &[]).sentence().contains("--id"));
}

#[test]
fn wrong_words_are_one_sentence() {
    assert!(run(&["keys", "rotate", "--batch", "many"], &[]).sentence().contains("--batch"));
    assert!(run(&[], &[]).sentence().contains("--help"));
    run(&["--help"], &[]).succeeded();
}
