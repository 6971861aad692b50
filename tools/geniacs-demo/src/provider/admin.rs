//! A database that may be dropped: the demo's.

use anyhow::{Context as _, bail};
use tokio_postgres::Client;

/// Marks a database as one that may be dropped again.
const MARK: &str = "Geniacs demo: dropped and made anew at every start";

/// Drops the database of that name, if it is there and bears the mark.
pub(crate) async fn drop_database(client: &Client, name: &str) -> anyhow::Result<()> {
    let sql = "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = $1";
    let Some(row) = client.query_opt(sql, &[&name]).await? else { return Ok(()) };
    if row.get::<_, Option<&str>>(0) != Some(MARK) {
        bail!("the database {name} was not made by a demo, so it is left alone; rename it, or give another --name");
    }
    let sql = format!("DROP DATABASE \"{name}\" WITH (FORCE)");
    client.batch_execute(&sql).await.with_context(|| format!("the database {name} cannot be dropped"))
}

/// Makes an empty, marked database.
pub(crate) async fn create_database(client: &Client, name: &str) -> anyhow::Result<()> {
    client.batch_execute(&format!("CREATE DATABASE \"{name}\"")).await.with_context(|| {
        format!("the database {name} cannot be made; the user of DATABASE_URL needs the right CREATEDB")
    })?;
    client.batch_execute(&format!("COMMENT ON DATABASE \"{name}\" IS '{MARK}'")).await?;
    Ok(())
}
