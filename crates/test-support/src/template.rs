//! A database with the schema that tests copy, made once for each version of the migrations on a server.

use crate::database::{pool_of, url_of};
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use tokio_postgres::{Client, NoTls};

const MIGRATIONS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../migrations");

/// Makes the database `name` with the schema.
pub(crate) async fn copy_to(server: &str, name: &str) {
    let (client, connection) =
        tokio_postgres::connect(server, NoTls).await.expect("the PostgreSQL of DATABASE_URL answers");
    let driver = tokio::spawn(connection);
    let template = format!("template_{:016x}", hash_migrations());
    ensure_template(&client, server, &template).await;
    client.batch_execute(&format!("CREATE DATABASE {name} TEMPLATE {template}")).await.expect("the template is copied");
    drop(client);
    let _ = driver.await;
}

/// Makes the template unless it is there. It gets its name when it is complete.
async fn ensure_template(client: &Client, server: &str, template: &str) {
    if is_there(client, template).await {
        return;
    }

    client.batch_execute("SELECT pg_advisory_lock(hashtext('geniacs test template'))").await.expect("a lock");
    // Another process may have made it while this one waited for the lock.
    if !is_there(client, template).await {
        let unfinished = format!("{template}_unfinished");
        let make = format!("DROP DATABASE IF EXISTS {unfinished} WITH (FORCE)");
        client.batch_execute(&make).await.expect("what a test left is removed");

        client.batch_execute(&format!("CREATE DATABASE {unfinished}")).await.expect("a database");

        let pool = pool_of(&url_of(server, &unfinished), 1);
        let connection = storage::pool::get(&pool).await.expect("the server answers");
        storage::upkeep::migrations::migrate(connection).await.expect("the migrations run");

        // Its last connection may take a moment to end.
        let rename = format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{unfinished}';
             ALTER DATABASE {unfinished} RENAME TO {template}"
        );
        crate::eventually("the template gets its name", std::time::Duration::from_secs(30), async || {
            for statement in rename.split(';') {
                if client.batch_execute(statement).await.is_err() {
                    return None;
                }
            }
            Some(())
        })
        .await;
    }

    client.batch_execute("SELECT pg_advisory_unlock(hashtext('geniacs test template'))").await.expect("it is held");
}

async fn is_there(client: &Client, template: &str) -> bool {
    let found = client.query_opt("SELECT 1 FROM pg_database WHERE datname = $1", &[&template]).await;
    found.expect("an answer").is_some()
}

/// A hash of the migrations.
fn hash_migrations() -> u64 {
    let mut hasher = DefaultHasher::new();
    for file in files_in(Path::new(MIGRATIONS)) {
        file.hash(&mut hasher);
        std::fs::read(&file).expect("a migration").hash(&mut hasher);
    }
    hasher.finish()
}

fn files_in(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("the migrations")
        .map(|entry| entry.expect("an entry").path())
        .flat_map(|path| if path.is_dir() { files_in(&path) } else { vec![path] })
        .collect();
    files.sort();
    files
}
