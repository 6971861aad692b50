//! Running the program, and looking into its database.

use std::process::Command;
use test_support::{TestDatabase, program};
use tokio_postgres::{Client, NoTls};

pub(crate) use test_support::program::Ran;

/// The program with these words and nothing else in its environment.
pub(crate) fn run(words: &[&str], environment: &[(&str, &str)]) -> Ran {
    Ran::of(command(words, environment).output().unwrap())
}

/// As [`run`], on a test's database.
pub(crate) fn run_on(database: &TestDatabase, words: &[&str]) -> Ran {
    run(words, &[("DATABASE_URL", database.url())])
}

fn command(words: &[&str], environment: &[(&str, &str)]) -> Command {
    program::command(env!("CARGO_BIN_EXE_geniacs-demo"), words, environment)
}

/// A client of a test's database.
pub(crate) async fn client(database: &TestDatabase) -> Client {
    let (client, connection) = tokio_postgres::connect(database.url(), NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// A single number.
pub(crate) async fn number(client: &Client, sql: &str) -> i64 {
    client.query_one(sql, &[]).await.unwrap().get(0)
}

/// A single text.
pub(crate) async fn text(client: &Client, sql: &str) -> String {
    client.query_one(sql, &[]).await.unwrap().get(0)
}
