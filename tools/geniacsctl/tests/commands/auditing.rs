use crate::stand::{KEYS, run, run_on};
use test_support::TestDatabase;

fn user(number: u32) -> Vec<String> {
    let email = format!("user{number}@example.com");
    ["user", "create", "--email", &email, "--name", "Siti", "--role", "viewer"].map(str::to_owned).to_vec()
}

async fn with_users(count: u32) -> TestDatabase {
    let database = TestDatabase::create().await;
    for number in 1..=count {
        let words = user(number);
        run_on(&database, &words.iter().map(String::as_str).collect::<Vec<_>>()).succeeded();
    }
    database
}

#[tokio::test(flavor = "multi_thread")]
async fn an_intact_log_is_reported_with_its_newest_entry() {
    let database = with_users(2).await;
    let ran = run_on(&database, &["audit", "verify"]).succeeded();
    assert!(ran.stdout.starts_with("the audit log is as it was written: 2 entries\n"), "{}", ran.stdout);
    let noted = ran.stdout.trim_end().rsplit(' ').next().unwrap();
    run_on(&database, &["audit", "verify", "--noted", noted]).succeeded();
    let json = run_on(&database, &["--json", "audit", "verify"]).succeeded();
    let json: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!((&json["intact"], &json["checked"], &json["newest"]), (&true.into(), &2.into(), &noted.into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_was_touched_is_exit_1_and_names_the_first_entry() {
    let database = with_users(3).await;
    database.execute("UPDATE audit_log SET actor = 'somebody' WHERE seq = 2").await;
    let ran = run_on(&database, &["audit", "verify"]);
    assert_eq!(ran.code, 1, "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stdout.contains("entry 2") && ran.stdout.contains("the 1 entries before it"), "{}", ran.stdout);

    let json = run_on(&database, &["--json", "audit", "verify"]);
    let json: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!((&json["intact"], &json["problem"]["kind"]), (&false.into(), &"changed".into()));

    database.execute("DELETE FROM audit_log WHERE seq > 1").await;
    assert!(run_on(&database, &["audit", "verify"]).stdout.contains("entry 2 is missing"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_was_begun_anew_is_exit_1_from_its_first_entry_on() {
    let blank = "DELETE FROM audit_chain; INSERT INTO audit_chain (id) VALUES (1)";
    let database = with_users(1).await;
    database.execute(&format!("DELETE FROM audit_log; {blank}")).await;
    let ran = run_on(&database, &["audit", "verify"]);
    assert_eq!(ran.code, 1, "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stdout.contains("audit_chain) was changed"), "{}", ran.stdout);

    let token = ["token", "create", "--email", "user1@example.com", "--name", "t"];
    run_on(&database, &token).succeeded();
    let ran = run_on(&database, &["audit", "verify"]);
    assert_eq!(ran.code, 1, "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stdout.contains("entry 1 says that the log was continued"), "{}", ran.stdout);

    database.execute("DELETE FROM audit_chain").await;
    let ran = run_on(&database, &["audit", "verify"]);
    assert_eq!(ran.code, 1, "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stdout.contains("audit_chain) was deleted"), "{}", ran.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_key_ring_nothing_is_written_or_verified() {
    let database = with_users(1).await;
    let environment = [("DATABASE_URL", database.url())];
    for words in
        [&["audit", "verify"][..], &["user", "create", "--email", "a@example.com", "--name", "A", "--role", "viewer"]]
    {
        let ran = run(words, &environment);
        assert!(ran.sentence().contains("GENIACS_ENCRYPTION_KEYS"), "{}", ran.stderr);
    }

    let other = KEYS.replace("test:", "other:");
    let ran = run(&["audit", "verify"], &[environment[0], ("GENIACS_ENCRYPTION_KEYS", &other)]);
    assert!(ran.sentence().contains("`test`"), "{}", ran.stderr);
}
