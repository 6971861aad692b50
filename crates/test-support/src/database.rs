//! A PostgreSQL database per test, with the schema, dropped at the end.

use secrecy::SecretString;
use std::time::Duration;
use storage::{Pool, PoolOptions, PooledConnection, pool};
use tokio_postgres::NoTls;
use uuid::Uuid;

/// A database of its own on the server of `DATABASE_URL`.
#[derive(Debug)]
pub struct TestDatabase {
    name: String,
    server: String,
    url: String,
}

impl TestDatabase {
    /// Makes a database with the schema.
    ///
    /// # Panics
    /// Without `DATABASE_URL`, or if the server refuses.
    pub async fn create() -> Self {
        Self::create_on(&server_url()).await
    }

    /// The same on another server.
    ///
    /// # Panics
    /// If the server refuses.
    pub async fn create_on(server: &str) -> Self {
        let name = random_name();
        crate::template::copy_to(server, &name).await;
        Self::named(server, &name)
    }

    /// Makes a database without a schema.
    ///
    /// # Panics
    /// As [`TestDatabase::create`].
    pub async fn create_empty() -> Self {
        Self::empty_on(&server_url()).await
    }

    async fn empty_on(server: &str) -> Self {
        let name = random_name();
        execute_on(server, &format!("CREATE DATABASE {name}")).await;
        Self::named(server, &name)
    }

    fn named(server: &str, name: &str) -> Self {
        Self { name: name.to_owned(), server: server.to_owned(), url: url_of(server, name) }
    }

    /// Its address, for settings.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A pool of connections to it.
    ///
    /// # Panics
    /// If the address is not understood.
    pub fn pool(&self, size: usize) -> Pool {
        pool_of(&self.url, size)
    }

    /// One connection to it.
    ///
    /// # Panics
    /// If the server refuses.
    pub async fn connection(&self) -> PooledConnection {
        pool::get(&self.pool(1)).await.expect("the server answers")
    }

    /// The answer to a scalar query, as text; empty for null.
    ///
    /// # Panics
    /// If the query fails.
    pub async fn ask(&self, query: &str) -> String {
        let (client, connection) = tokio_postgres::connect(&self.url, NoTls).await.expect("the server answers");
        let driver = tokio::spawn(connection);
        let row = client.query_one(&format!("SELECT coalesce(({query})::text, '')"), &[]).await.expect("an answer");
        drop(client);
        let _ = driver.await;
        row.get(0)
    }

    /// Runs statements, separated by `;`, on a connection of its own.
    ///
    /// # Panics
    /// If one of them fails.
    pub async fn execute(&self, statements: &str) {
        execute_on(&self.url, statements).await;
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let (server, name) = (self.server.clone(), self.name.clone());
        // A destructor cannot wait in the test's own runtime.
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            if let Ok(runtime) = runtime {
                runtime.block_on(execute_on(&server, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")));
            }
        });

        // A test that fails already says why.
        let _ = dropping.join();
    }
}

/// The address of another database on the same server.
pub(crate) fn url_of(server: &str, database: &str) -> String {
    let mut url: url::Url = server.parse().expect("DATABASE_URL is a URL");
    url.set_path(database);
    url.into()
}

pub(crate) fn pool_of(url: &str, size: usize) -> Pool {
    pool::pool(&PoolOptions {
        url: SecretString::from(url.to_owned()),
        size,
        role: None,
        application_name: "test".to_owned(),
        statement_timeout: Duration::from_mins(1),
        least_log_level: "debug",
    })
    .expect("the address is understood")
}

fn random_name() -> String {
    format!("test_{}", Uuid::new_v4().simple())
}

fn server_url() -> String {
    std::env::var("DATABASE_URL").expect("DATABASE_URL names a PostgreSQL server; run `make test`")
}

async fn execute_on(server: &str, statement: &str) {
    let (client, connection) =
        tokio_postgres::connect(server, NoTls).await.expect("the PostgreSQL of DATABASE_URL answers");
    let driver = tokio::spawn(connection);
    client.batch_execute(statement).await.expect("the server runs the statement");
    drop(client);
    let _ = driver.await;
}
