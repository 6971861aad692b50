//! Up, down, twice, at once, and of another version.

use std::time::Duration;

use futures_util::future::join_all;
use secrecy::SecretString;
use storage::migrations::{MigrationError, check, migrate, revert_all};
use storage::{PoolOptions, pool};
use test_support::{TestDatabase, eventually};

use crate::stand::{LIMIT, run};

/// Everything that the migrations make, a line each.
const SCHEMA: &str = "SELECT string_agg(line, E'\\n' ORDER BY line) FROM (
    SELECT format('column %s %s.%s %s default %s, not null %s, identity %s', a.attnum, c.relname, a.attname,
               format_type(a.atttypid, a.atttypmod), pg_get_expr(d.adbin, d.adrelid), a.attnotnull, a.attidentity) AS line
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    LEFT JOIN pg_attrdef d ON (d.adrelid, d.adnum) = (a.attrelid, a.attnum)
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'v') AND a.attnum > 0 AND NOT a.attisdropped
    UNION ALL SELECT format('relation %s %s %s', relkind, relname, reloptions) FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind <> 'c'
    UNION ALL SELECT 'index ' || indexdef FROM pg_indexes WHERE schemaname = 'public'
    UNION ALL SELECT format('constraint %s on %s: %s', conname, conrelid::regclass, pg_get_constraintdef(oid))
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    UNION ALL SELECT 'trigger ' || pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL SELECT 'function ' || pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    UNION ALL SELECT format('view %s: %s', viewname, definition) FROM pg_views WHERE schemaname = 'public'
    UNION ALL SELECT format('type %s: %s', t.typname, string_agg(e.enumlabel, ', ' ORDER BY e.enumsortorder))
    FROM pg_type t JOIN pg_enum e ON e.enumtypid = t.oid GROUP BY t.typname
) parts";

#[tokio::test(flavor = "multi_thread")]
async fn taking_everything_back_and_migrating_again_gives_the_same_schema() {
    let database = TestDatabase::create().await;
    let before = database.ask(SCHEMA).await;
    for part in
        ["column 1 customers.id", "type sync_status", "trigger CREATE TRIGGER customers_changed", "view worker_"]
    {
        assert!(before.contains(part), "the comparison misses `{part}`:\n{before}");
    }
    revert_all(database.connection().await).await.unwrap();
    let left = database.ask(SCHEMA).await;
    let left: Vec<&str> = left.lines().filter(|line| !line.contains("__diesel_schema_migrations")).collect();
    assert!(left.is_empty(), "left behind: {left:#?}");
    migrate(database.connection().await).await.unwrap();
    assert_eq!(database.ask(SCHEMA).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn migrating_twice_changes_nothing() {
    let database = TestDatabase::create_empty().await;
    assert!(!migrate(database.connection().await).await.unwrap().is_empty());
    let before = database.ask(SCHEMA).await;
    assert_eq!(migrate(database.connection().await).await.unwrap(), Vec::<String>::new());
    assert_eq!(database.ask(SCHEMA).await, before);
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
