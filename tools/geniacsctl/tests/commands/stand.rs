//! Running the program, and looking into its database.

use std::io::Write as _;
use std::process::{Child, Command, Stdio};
use test_support::{TestDatabase, program};
use tokio_postgres::{Client, NoTls};

pub(crate) use test_support::program::Ran;

/// The program with these words and nothing else in its environment.
pub(crate) fn run(words: &[&str], environment: &[(&str, &str)]) -> Ran {
    Ran::of(command(words, environment).output().unwrap())
}

/// As [`run`], with something on standard input.
pub(crate) fn run_with_input(words: &[&str], environment: &[(&str, &str)], input: &str) -> Ran {
    let mut child = command(words, environment).stdin(Stdio::piped()).spawn().unwrap();
    // A command that needs no input may have ended.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    Ran::of(child.wait_with_output().unwrap())
}

/// A key ring of tests.
pub(crate) const KEYS: &str = "test:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// As [`run`], on a test's database.
pub(crate) fn run_on(database: &TestDatabase, words: &[&str]) -> Ran {
    run(words, &[("DATABASE_URL", database.url()), ("GENIACS_ENCRYPTION_KEYS", KEYS)])
}

/// The program, running; what it prints goes nowhere.
pub(crate) fn spawn(words: &[&str], environment: &[(&str, &str)]) -> Child {
    command(words, environment).stdout(Stdio::null()).stderr(Stdio::inherit()).spawn().unwrap()
}

fn command(words: &[&str], environment: &[(&str, &str)]) -> Command {
    program::command(env!("CARGO_BIN_EXE_geniacsctl"), words, environment)
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
