//! What each service's role may do, and what it may not.

use diesel_async::SimpleAsyncConnection as _;
use secrecy::SecretString;
use std::time::Duration;
use storage::{Pool, PoolOptions, pool};
use test_support::TestDatabase;

/// Tables that no service has any business with.
const OF_NO_SERVICE: [&str; 1] = ["service_grants"];

fn options(database: &TestDatabase) -> PoolOptions {
    PoolOptions {
        url: SecretString::from(database.url().to_owned()),
        size: 1,
        role: None,
        application_name: "test".to_owned(),
        statement_timeout: Duration::from_mins(1),
        least_log_level: "info",
    }
}

fn as_role(database: &TestDatabase, role: &str) -> Pool {
    pool::pool(&PoolOptions { role: Some(role.to_owned()), ..options(database) }).unwrap()
}

async fn attempt(database: &TestDatabase, role: &str, statement: &str) -> Result<(), String> {
    let mut connection = pool::get(&as_role(database, role)).await.unwrap();
    connection.batch_execute(statement).await.map_err(|error| error.to_string())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_table_is_granted_to_a_service_or_named_as_nobodys() {
    let database = TestDatabase::create().await;
    let forgotten = format!(
        "SELECT string_agg(relname, ', ') FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v')
           AND NOT relispartition AND relname NOT IN (SELECT table_name FROM service_grants) AND relname <> ALL ('{{{}}}')",
        OF_NO_SERVICE.join(",")
    );
    let forgotten = database.ask(&forgotten).await;
    assert_eq!(
        forgotten, "",
        "no service may use these tables: add them to service_grants in the migration that makes them"
    );

    let unknown = "SELECT string_agg(table_name, ', ') FROM service_grants WHERE to_regclass(table_name) IS NULL";
    assert_eq!(database.ask(unknown).await, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_audit_log_is_append_only_for_the_gateway_and_closed_to_the_others() {
    let database = TestDatabase::create().await;
    let insert = "INSERT INTO audit_log (actor, action, subject_type) VALUES ('x', 'user.created', 'user')";
    attempt(&database, "geniacs_gateway", insert).await.unwrap();
    attempt(&database, "geniacs_gateway", "SELECT * FROM audit_log").await.unwrap();

    for statement in [
        "UPDATE audit_log SET actor = 'y'",
        "DELETE FROM audit_log",
        "TRUNCATE audit_log",
        "SELECT * FROM audit_log FOR UPDATE",
        "ALTER TABLE audit_log DISABLE TRIGGER ALL",
        "DROP TABLE audit_log",
    ] {
        let refused = attempt(&database, "geniacs_gateway", statement).await.unwrap_err();
        assert!(refused.contains("permission denied") || refused.contains("must be owner"), "{statement}: {refused}");
    }

    for role in ["geniacs_ingest", "geniacs_worker"] {
        for statement in [insert, "SELECT * FROM audit_log", "SELECT * FROM users", "SELECT * FROM api_tokens"] {
            let refused = attempt(&database, role, statement).await.unwrap_err();
            assert!(refused.contains("permission denied"), "{role}: {statement}: {refused}");
        }
    }

    attempt(&database, "geniacs_scheduler", "UPDATE audit_log SET actor = 'y'").await.unwrap_err();
    attempt(&database, "geniacs_scheduler", insert).await.unwrap_err();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_gateway_does_not_touch_what_is_none_of_its_business() {
    let database = TestDatabase::create().await;
    for statement in [
        "UPDATE customers SET name = 'x'",
        "DELETE FROM customers",
        "INSERT INTO payments (amount) VALUES (1)",
        "DELETE FROM record_links",
        "SELECT * FROM housekeeping_runs",
        "DELETE FROM geniacs_webhook_events",
        "DELETE FROM geniacs_sync_logs",
        "CREATE TABLE mine (id int)",
        "SELECT apply_service_grants()",
        "SELECT drop_monitoring_partition('monitoring_data_y2020m01')",
    ] {
        let refused = attempt(&database, "geniacs_gateway", statement).await.unwrap_err();
        assert!(refused.contains("permission denied"), "{statement}: {refused}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_outlives_whatever_resets_a_connection_that_is_used_again() {
    let database = TestDatabase::create().await;
    let pool = as_role(&database, "geniacs_worker");
    for reset in ["RESET ALL", "DISCARD ALL", "RESET ROLE", "SELECT 1"] {
        let mut connection = pool::get(&pool).await.unwrap();
        let check = "DO $$ BEGIN ASSERT current_user = 'geniacs_worker', current_user; END $$";
        connection.batch_execute(check).await.unwrap();
        connection.batch_execute(reset).await.unwrap();
        connection.batch_execute(check).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_is_not_there_is_an_error_that_names_it() {
    let database = TestDatabase::create().await;
    let error = pool::get(&as_role(&database, "geniacs_nobody")).await.err().unwrap().to_string();
    assert!(error.contains("geniacs_nobody"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_who_may_not_make_roles_migrates_and_gets_the_grants_once_the_roles_are_there() {
    let database = TestDatabase::create_empty().await;
    let user = format!("plain_{}", uuid::Uuid::new_v4().simple());
    // Roles belong to the whole server, so this test gives the services others.
    database
        .execute(&format!(
            "CREATE ROLE {user} LOGIN PASSWORD '{user}'; DO $$ BEGIN EXECUTE format('ALTER DATABASE %I OWNER TO {user}', current_database()); END $$;
             ALTER SCHEMA public OWNER TO {user}"
        ))
        .await;

    let mut url: url::Url = database.url().parse().unwrap();
    url.set_username(&user).unwrap();
    url.set_password(Some(&user)).unwrap();
    let plain = async || {
        let options = PoolOptions { role: None, url: SecretString::from(url.to_string()), ..options(&database) };
        pool::get(&pool::pool(&options).unwrap()).await.unwrap()
    };

    storage::upkeep::migrations::migrate(plain().await).await.unwrap();
    let service = format!("{user}_service");
    database.execute(&format!("INSERT INTO service_grants VALUES ('{service}', 'users', 'SELECT')")).await;
    storage::upkeep::migrations::migrate(plain().await).await.unwrap();
    assert_eq!(database.ask(&format!("SELECT to_regrole('{service}')")).await, "");
    database.execute(&format!("CREATE ROLE {service} NOLOGIN")).await;
    storage::upkeep::migrations::migrate(plain().await).await.unwrap();
    assert_eq!(database.ask(&format!("SELECT has_table_privilege('{service}', 'users', 'SELECT')")).await, "true");

    let away = format!(
        "REASSIGN OWNED BY {user} TO CURRENT_USER; DROP OWNED BY {user}, {service}; DROP ROLE {user}, {service}"
    );
    database.execute(&away).await;
}
