//! `docs/schema.sql` shows the schema as it is after all migrations.
//!
//! `UPDATE=1 cargo test --workspace --test it -- schema` writes it anew.

use std::path::{Path, PathBuf};

use test_support::TestDatabase;

/// A query for the whole schema as text.
pub(crate) const DESCRIPTION: &str = include_str!("schema.sql");

const HEAD: &str = "\
-- The schema after all migrations: types, sequences, tables with their indexes and triggers, views, functions.
-- For reading. crates/storage/tests/it/schema.rs writes and checks it; the database is made by migrations/.
-- The partitions of single months are left out.

";

fn file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/schema.sql")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_schema_in_docs_is_that_of_the_migrations() {
    let database = TestDatabase::create().await;
    let schema = format!("{HEAD}{}\n", database.ask(DESCRIPTION).await);

    if std::env::var_os("UPDATE").is_some_and(|update| update == "1") {
        std::fs::write(file(), schema).unwrap();
        return;
    }

    let written = std::fs::read_to_string(file()).unwrap_or_default();
    let different = schema.lines().zip(written.lines()).find(|(ours, theirs)| ours != theirs);
    assert!(
        written == schema,
        "docs/schema.sql is not the schema of the migrations, first at {different:?}; \
         `UPDATE=1 cargo test --workspace --test it -- schema` writes it anew"
    );
}
