//! Up, down, twice, at once, and of another version.

use std::time::Duration;

use futures_util::future::join_all;
use secrecy::SecretString;
use storage::upkeep::migrations::{MigrationError, check, migrate, revert_all};
use storage::{PoolOptions, pool};
use test_support::{TestDatabase, eventually};

use crate::schema::DESCRIPTION;
use crate::stand::{LIMIT, run};

#[tokio::test(flavor = "multi_thread")]
async fn taking_everything_back_and_migrating_again_gives_the_same_schema() {
    let database = TestDatabase::create().await;
    let before = database.ask(DESCRIPTION).await;
    for part in
        ["TABLE customers", "TYPE sync_status", "TRIGGER customers_changed", "VIEW worker_", "FUNCTION geniacs_now"]
    {
        assert!(before.contains(&format!("CREATE {part}")), "the comparison misses `{part}`:\n{before}");
    }

    revert_all(database.connection().await).await.unwrap();
    let left = database.ask(DESCRIPTION).await;
    assert!(left.is_empty(), "left behind: {left}");

    migrate(database.connection().await).await.unwrap();
    assert_eq!(database.ask(DESCRIPTION).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn migrating_twice_changes_nothing() {
    let database = TestDatabase::create_empty().await;
    assert!(!migrate(database.connection().await).await.unwrap().is_empty());
    let before = database.ask(DESCRIPTION).await;
    assert_eq!(migrate(database.connection().await).await.unwrap(), Vec::<String>::new());
    assert_eq!(database.ask(DESCRIPTION).await, before);
    check(database.connection().await).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn programs_that_migrate_at_once_wait_for_one_another() {
    let database = TestDatabase::create_empty().await;
    let runs = join_all((0..4).map(async |_| migrate(database.connection().await).await.unwrap())).await;
    assert_eq!(runs.iter().filter(|versions| !versions.is_empty()).count(), 1, "{runs:?}");
    check(database.connection().await).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_waits_for_a_migration_longer_than_its_statements_may_take() {
    let database = TestDatabase::create_empty().await;
    let mut other = database.connection().await;
    run(&mut other, "SELECT pg_advisory_lock(hashtext('geniacs migrations'))").await;
    let hasty = PoolOptions {
        url: SecretString::from(database.url().to_owned()),
        size: 1,
        role: None,
        application_name: "hasty".to_owned(),
        statement_timeout: Duration::from_millis(100),
        least_log_level: "debug",
    };

    let connection = pool::get(&pool::pool(&hasty).unwrap()).await.unwrap();
    let migrating = tokio::spawn(migrate(connection));
    let waiting = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'hasty'
        AND wait_event_type = 'Lock' AND clock_timestamp() - query_start > interval '300 milliseconds'";
    eventually("it waits or gives up", LIMIT, async || {
        (migrating.is_finished() || database.ask(waiting).await == "1").then_some(())
    })
    .await;

    drop(other);
    assert!(!migrating.await.unwrap().unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_of_a_newer_version_is_refused_and_left_alone() {
    let database = TestDatabase::create().await;
    database.execute("INSERT INTO __diesel_schema_migrations (version) VALUES ('9901')").await;
    let sentence = "the database is of a newer version (it has migration 9901); \
        install a program of that version or newer";
    assert_eq!(check(database.connection().await).await.unwrap_err().to_string(), sentence);
    database.execute("DELETE FROM __diesel_schema_migrations WHERE version = '0006'").await;
    assert_eq!(migrate(database.connection().await).await.unwrap_err().to_string(), sentence);
    assert_eq!(database.ask("SELECT count(*) FROM __diesel_schema_migrations WHERE version = '0006'").await, "0");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_of_an_empty_database_names_what_is_missing_and_changes_nothing() {
    let database = TestDatabase::create_empty().await;
    let error = check(database.connection().await).await.unwrap_err();
    let relations = "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace";
    assert_eq!(database.ask(relations).await, "0");
    let missing = migrate(database.connection().await).await.unwrap().len();
    assert!(matches!(error, MigrationError::Pending(n) if n == missing), "{error}");
    assert_eq!(error.to_string(), format!("the database lacks {missing} migration(s); run `geniacsctl migrate`"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_needs_no_right_to_write() {
    let database = TestDatabase::create().await;
    let read_only = "DO $$ BEGIN
        EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = on', current_database()); END $$";
    database.execute(read_only).await;
    check(database.connection().await).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_migration_that_fails_leaves_nothing_half_done_and_can_be_run_again() {
    let database = TestDatabase::create_empty().await;
    database.execute("CREATE TABLE api_tokens (in_the_way int)").await;
    let error = migrate(database.connection().await).await.unwrap_err();
    assert!(matches!(error, MigrationError::Failed(_)), "{error}");
    assert_eq!(database.ask("to_regclass('users')").await, "", "made before the statement that failed");
    let Err(MigrationError::Pending(missing)) = check(database.connection().await).await else { panic!("complete") };
    database.execute("DROP TABLE api_tokens").await;
    assert_eq!(migrate(database.connection().await).await.unwrap().len(), missing);
}
