//! Errors are judged by their SQLSTATE, which every connection tells.

use diesel_async::{RunQueryDsl as _, SimpleAsyncConnection as _};
use storage::sqlstate::{Passing, passing, reason, sqlstate};
use test_support::TestDatabase;

/// Raises an error of this code, in a message of any language.
fn raise(state: &str) -> String {
    format!("DO $$ BEGIN RAISE EXCEPTION 'Verklemmung' USING ERRCODE = '{state}', HINT = 'noch einmal'; END $$")
}

#[tokio::test]
async fn a_connection_tells_the_code_of_each_error_whatever_its_message() {
    let database = TestDatabase::create_empty().await;
    let mut connection = database.connection().await;
    let codes = ["40P01", "55P03", "57014", "53100", "P0001", "23P01", "42703", "42501", "XX000"];

    for code in codes {
        let simple = connection.batch_execute(&raise(code)).await.unwrap_err();
        assert_eq!(sqlstate(&simple), Some(code));
        let prepared = diesel::sql_query(raise(code)).execute(&mut connection).await.unwrap_err();
        assert_eq!(sqlstate(&prepared), Some(code));
        assert_eq!(reason(&prepared), "Verklemmung");
    }

    connection.batch_execute("SELECT 1").await.unwrap();
}

#[tokio::test]
async fn large_results_and_many_errors_go_through_one_connection_unharmed() {
    #[derive(diesel::QueryableByName)]
    struct Line {
        #[diesel(sql_type = diesel::sql_types::Text)]
        line: String,
    }

    let database = TestDatabase::create_empty().await;
    let mut connection = database.connection().await;
    let sql = "SELECT repeat('E', n * 37) AS line FROM generate_series(1, 700) n ORDER BY n";
    for _ in 0..5 {
        let rows: Vec<Line> = diesel::sql_query(sql).load(&mut connection).await.unwrap();
        assert!(rows.iter().zip(1..).all(|(row, n)| row.line.len() == n * 37));
        assert_eq!(sqlstate(&connection.batch_execute("SELECT 1/0").await.unwrap_err()), Some("22012"));
    }
}

#[tokio::test]
async fn a_connection_that_the_server_ends_counts_as_the_server_being_away() {
    let database = TestDatabase::create_empty().await;
    let mut connection = database.connection().await;
    let killed = diesel::sql_query("SELECT pg_terminate_backend(pg_backend_pid())").execute(&mut connection).await;
    assert_eq!(passing(&killed.unwrap_err()), Some(Passing::Away));
    let after = connection.batch_execute("SELECT 1").await.unwrap_err();
    assert_eq!(passing(&after), Some(Passing::Away), "{after:?}");
}
