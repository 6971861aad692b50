use crate::stand::{client, run, run_on};
use test_support::TestDatabase;

#[tokio::test(flavor = "multi_thread")]
async fn migrate_lists_its_migrations_and_does_nothing_the_second_time() {
    let database = TestDatabase::create_empty().await;
    let first = run_on(&database, &["migrate"]).succeeded();
    assert!(first.stdout.lines().count() > 1 && first.stdout.starts_with("ran migration 0001"), "{}", first.stdout);
    let second = run_on(&database, &["migrate"]).succeeded();
    assert_eq!(second.stdout, "the database is of this version already\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn migrate_goes_past_the_pooler() {
    let database = TestDatabase::create_empty().await;
    let environment =
        [("DATABASE_URL", "postgres://nobody@127.0.0.1:1/none"), ("GENIACS_DATABASE__DIRECT_URL", database.url())];
    run(&["migrate"], &environment).succeeded();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_of_a_newer_version_is_left_alone() {
    let database = TestDatabase::create().await;
    database.execute("INSERT INTO __diesel_schema_migrations (version) VALUES ('99999999')").await;
    let user = ["user", "create", "--email", "a@b.id", "--name", "A", "--role", "viewer"];
    for words in [&["migrate"][..], &user] {
        let ran = run_on(&database, words);
        assert!(ran.sentence().contains("newer version") && ran.sentence().contains("99999999"), "{}", ran.stderr);
    }
    assert_eq!(crate::stand::number(&client(&database).await, "SELECT count(*) FROM users").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_lacks_migrations_names_the_command_that_runs_them() {
    let database = TestDatabase::create_empty().await;
    let ran = run_on(&database, &["token", "create", "--email", "a@b.id", "--name", "A"]);
    assert!(ran.sentence().contains("geniacsctl migrate"), "{}", ran.stderr);
}
