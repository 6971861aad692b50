//! The database: reachable, new enough, of this version, and open to this role.

use super::Finding;
use crate::database;
use service::Settings;
use storage::Connection;
use tokio_postgres::Client;

/// PostgreSQL 15, as the server itself counts.
const OLDEST: i32 = 150_000;

/// The findings, and a connection for further questions if the database can be used.
pub(super) async fn look_at_database(settings: &Settings) -> (Vec<Finding>, Option<Connection>) {
    match examine_database(settings).await {
        Ok((version, lacking)) => {
            let reached = Finding::well(format!("database: PostgreSQL {version}; the schema is of this version"));
            let rights = finding_on_rights(&lacking);

            let connection = match settings.database.url() {
                Ok(url) => database::connect_storage(url).await.ok(),
                Err(_) => None,
            };

            (vec![reached, rights], connection)
        }
        Err(error) => (vec![Finding::wrong(format!("database: {error:#}"))], None),
    }
}

/// The server's version and the tables that the role may not use.
async fn examine_database(settings: &Settings) -> anyhow::Result<(String, Vec<String>)> {
    let url = settings.database.url()?;
    let client = database::connect_client(url).await?;
    let version = server_version(&client).await?;
    storage::upkeep::migrations::check(database::connect_storage(url).await?).await?;
    Ok((version, lacking_rights(&client).await?))
}

async fn server_version(client: &Client) -> anyhow::Result<String> {
    let sql = "SELECT current_setting('server_version_num')::int, current_setting('server_version')";
    let row = client.query_one(sql, &[]).await?;
    let (number, version): (i32, String) = (row.get(0), row.get(1));
    if number < OLDEST {
        anyhow::bail!("PostgreSQL {version} is too old; move to 15 or newer");
    }
    Ok(version.split_whitespace().next().unwrap_or(&version).to_owned())
}

async fn lacking_rights(client: &Client) -> anyhow::Result<Vec<String>> {
    let sql = "SELECT t.name FROM unnest($1::text[]) AS t (name)
         WHERE NOT coalesce(has_table_privilege(to_regclass(t.name), 'SELECT') AND has_table_privilege(to_regclass(t.name), 'INSERT')
             AND has_table_privilege(to_regclass(t.name), 'UPDATE'), false)";
    Ok(client.query(sql, &[&storage::tables::all()]).await?.iter().map(|row| row.get(0)).collect())
}

fn finding_on_rights(lacking: &[String]) -> Finding {
    if lacking.is_empty() {
        return Finding::well("database: this role may read and write every table it needs");
    }
    Finding::wrong(format!(
        "database: this role may not SELECT, INSERT and UPDATE in {}; GRANT it those rights",
        lacking.join(", ")
    ))
}
