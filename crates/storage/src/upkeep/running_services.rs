//! Signs of life of the processes of all services.

use crate::{Connection, Pool, Result, pool};
use chrono::{DateTime, Utc};
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Bool, Text, Timestamptz};
use diesel_async::RunQueryDsl;
use std::time::Duration;

/// Time between two signs of life.
const EVERY: Duration = Duration::from_secs(15);
/// A process that has been silent for longer counts as gone.
const SILENT_SECONDS: i32 = 60;

/// A process of a service.
#[derive(Debug, Clone, QueryableByName)]
pub struct RunningService {
    /// Its number.
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    /// The service's name.
    #[diesel(sql_type = Text)]
    pub service: String,
    /// The program's version.
    #[diesel(sql_type = Text)]
    pub version: String,
    /// When it gave its first sign.
    #[diesel(sql_type = Timestamptz)]
    pub started_at: DateTime<Utc>,
    /// When it gave its last sign.
    #[diesel(sql_type = Timestamptz)]
    pub seen_at: DateTime<Utc>,
    /// Whether that was a short time ago.
    #[diesel(sql_type = Bool)]
    pub is_alive: bool,
}

/// Gives a sign of life again and again, for as long as it is polled. A database that is away is waited for.
pub async fn give_signs_of_life(pool: Pool, service: &'static str, version: &'static str) {
    let mut known: Option<i64> = None;
    loop {
        match sign(&pool, known, service, version).await {
            Ok(id) => known = Some(id),
            Err(error) => tracing::debug!(%error, "no sign of life was given; the next one follows"),
        }
        tokio::time::sleep(EVERY).await;
    }
}

#[derive(Debug, thiserror::Error)]
enum SignError {
    #[error(transparent)]
    Pool(#[from] crate::PoolError),
    #[error(transparent)]
    Database(#[from] crate::Error),
}

async fn sign(pool: &Pool, known: Option<i64>, service: &str, version: &str) -> std::result::Result<i64, SignError> {
    let mut connection = pool::get(pool).await?;
    if let Some(id) = known
        && note(&mut connection, id).await?
    {
        return Ok(id);
    }
    Ok(begin(&mut connection, service, version).await?)
}

#[derive(QueryableByName)]
struct Made {
    #[diesel(sql_type = BigInt)]
    id: i64,
}

/// Writes a process down, and takes those away that ended a day ago. Returns its number.
pub async fn begin(connection: &mut Connection, service: &str, version: &str) -> Result<i64> {
    let made: Made = diesel::sql_query(
        "WITH gone AS (DELETE FROM running_services WHERE seen_at < geniacs_now() - interval '1 day')
         INSERT INTO running_services (service, version) VALUES ($1, $2) RETURNING id",
    )
    .bind::<Text, _>(service)
    .bind::<Text, _>(version)
    .get_result(connection)
    .await?;
    Ok(made.id)
}

/// Notes that a process lives. Returns whether it is still written down.
pub async fn note(connection: &mut Connection, id: i64) -> Result<bool> {
    let noted = diesel::sql_query("UPDATE running_services SET seen_at = geniacs_now() WHERE id = $1")
        .bind::<BigInt, _>(id)
        .execute(connection)
        .await?;
    Ok(noted > 0)
}

/// The processes that gave a sign within the last hour, by service.
pub async fn list(connection: &mut Connection) -> Result<Vec<RunningService>> {
    diesel::sql_query(format!(
        "SELECT id, service, version, started_at, seen_at,
             seen_at >= geniacs_now() - make_interval(secs => {SILENT_SECONDS}) AS is_alive
         FROM running_services WHERE seen_at >= geniacs_now() - interval '1 hour' ORDER BY service, id LIMIT 1000"
    ))
    .load(connection)
    .await
}
