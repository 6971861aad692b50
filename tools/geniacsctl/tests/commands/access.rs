use crate::stand::{KEYS, client, number, run_on, run_with_input, text};
use test_support::TestDatabase;

const USER: [&str; 8] = ["user", "create", "--email", "Siti@example.com", "--name", "Siti", "--role", "operator"];

fn words<'a>(command: &[&'a str], more: &[&'a str]) -> Vec<&'a str> {
    [command, more].concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_made_password_is_printed_once_and_opens_the_account() {
    let database = TestDatabase::create().await;
    let made = run_on(&database, &USER).succeeded();
    let password = made.stdout.trim_end();

    let client = client(&database).await;
    let hash =
        text(&client, "SELECT password_hash FROM users WHERE email = 'Siti@example.com' AND role = 'operator'").await;
    assert!(secrets::verify_password(password, &hash));

    let entry = "SELECT actor || ' ' || action || ' ' || coalesce(after::text, '') FROM audit_log";
    let entry = text(&client, entry).await;
    assert!(entry.starts_with("geniacsctl user.created"), "{entry}");
    assert!(!entry.contains(password) && !entry.contains("argon2"), "{entry}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_on_standard_input_is_taken_and_not_printed() {
    let database = TestDatabase::create().await;
    let environment = [("DATABASE_URL", database.url()), ("GENIACS_ENCRYPTION_KEYS", KEYS)];

    let words = words(&USER, &["--password-stdin"]);
    let short = run_with_input(&words, &environment, "short\n");
    assert!(short.sentence().contains("12 to 1024 characters"), "{}", short.stderr);

    let made = run_with_input(&words, &environment, "correct horse\r\n").succeeded();
    assert!(made.stdout.is_empty() && !made.stderr.contains("horse"));

    let hash = text(&client(&database).await, "SELECT password_hash FROM users").await;
    assert!(secrets::verify_password("correct horse", &hash));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_taken_address_is_refused_in_any_case() {
    let database = TestDatabase::create().await;
    run_on(&database, &USER).succeeded();
    let again =
        run_on(&database, &["user", "create", "--email", "siti@EXAMPLE.com", "--name", "S", "--role", "viewer"]);
    assert!(again.sentence().contains("already"), "{}", again.stderr);
    let client = client(&database).await;
    assert_eq!(number(&client, "SELECT (SELECT count(*) FROM users) + (SELECT count(*) FROM audit_log)").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_printed_once_and_kept_as_a_hash() {
    let database = TestDatabase::create().await;
    run_on(&database, &USER).succeeded();

    let create = ["token", "create", "--email", "siti@example.com", "--name", "nightly"];
    let made = run_on(&database, &words(&create, &["--role", "viewer", "--expires-days", "7"])).succeeded();
    let token = made.stdout.trim_end();
    assert!(token.starts_with("gnx_"), "{token}");

    let client = client(&database).await;
    let sql = "SELECT role::text || ' ' || round(extract(epoch FROM expires_at - now()) / 86400) FROM api_tokens
        WHERE token_hash = $1";
    let row = client.query_one(sql, &[&secrets::hash_token(token).as_slice()]).await.unwrap();
    assert_eq!(row.get::<_, &str>(0), "viewer 7");

    let audited = text(&client, "SELECT coalesce(after::text, '') FROM audit_log WHERE action = 'token.created'").await;
    assert!(!audited.contains(token) && audited.contains("nightly"), "{audited}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_never_more_than_its_user_and_needs_one() {
    let database = TestDatabase::create().await;
    run_on(&database, &USER).succeeded();
    let create = ["token", "create", "--name", "t", "--email"];
    let more = run_on(&database, &words(&create, &["siti@example.com", "--role", "admin"]));
    assert!(more.sentence().contains("--role operator"), "{}", more.stderr);
    let nobody = run_on(&database, &words(&create, &["nobody@example.com"]));
    assert!(nobody.sentence().contains("geniacsctl user create"), "{}", nobody.stderr);
    assert_eq!(number(&client(&database).await, "SELECT count(*) FROM api_tokens").await, 0);
}
