//! The schema's versions, embedded in the program.

use diesel_async::async_connection_wrapper::AsyncConnectionWrapper;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use std::collections::BTreeSet;

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../../migrations");

/// Why the schema is not as this program needs it.
#[derive(Debug, thiserror::Error)]
pub enum MigrationError {
    /// The database knows versions that this program does not.
    #[error("the database is of a newer version (it has migration {0}); install a program of that version or newer")]
    NewerDatabase(String),
    /// Versions are missing.
    #[error("the database lacks {0} migration(s); run `geniacsctl migrate`")]
    Pending(usize),
    /// A statement failed.
    #[error("migrating the database failed: {0}")]
    Failed(String),
}

/// Compares the database's versions with this program's, changing nothing.
pub async fn check(connection: impl Into<Migrating>) -> Result<(), MigrationError> {
    run(connection.into(), |harness| {
        let (ours, applied) = (ours()?, applied(harness)?);
        refuse_newer(&ours, &applied)?;
        match ours.difference(&applied).count() {
            0 => Ok(()),
            n => Err(MigrationError::Pending(n)),
        }
    })
    .await
}

/// Runs what is missing, each migration in a transaction of its own; returns the names of those that were run.
/// Programs that start at the same time wait for one another.
pub async fn migrate(connection: impl Into<Migrating>) -> Result<Vec<String>, MigrationError> {
    run(connection.into(), |harness| {
        lock(harness)?;
        refuse_newer(&ours()?, &applied(harness)?)?;
        let versions = harness.run_pending_migrations(MIGRATIONS).map_err(failed)?;
        let names = versions.iter().map(ToString::to_string).collect();
        grant(harness)?;
        Ok(names)
    })
    .await
}

/// Takes every migration back. For tests of the migrations themselves.
pub async fn revert_all(connection: impl Into<Migrating>) -> Result<(), MigrationError> {
    run(connection.into(), |harness| {
        lock(harness)?;
        harness.revert_all_migrations(MIGRATIONS).map(|_| ()).map_err(failed)
    })
    .await
}

/// A connection lent for migrating; closed afterwards, which also frees its advisory lock.
pub struct Migrating(crate::Connection);

impl From<crate::Connection> for Migrating {
    fn from(connection: crate::Connection) -> Self {
        Self(connection)
    }
}

impl From<crate::PooledConnection> for Migrating {
    fn from(connection: crate::PooledConnection) -> Self {
        Self(crate::pool::take(connection))
    }
}

type Harness = AsyncConnectionWrapper<crate::Connection>;

async fn run<T: Send + 'static>(
    connection: Migrating,
    work: impl FnOnce(&mut Harness) -> Result<T, MigrationError> + Send + 'static,
) -> Result<T, MigrationError> {
    // The harness blocks its thread, so it gets one of its own.
    let task = tokio::task::spawn_blocking(move || work(&mut Harness::from(connection.0)));
    task.await.map_err(failed)?
}

/// Waits for other programs, however long their migrations take. Its own may take as long; only a table's lock is not
/// waited for longer than usual.
fn lock(harness: &mut Harness) -> Result<(), MigrationError> {
    use diesel::RunQueryDsl as _;
    let statements = [
        "SET statement_timeout = 0",
        "SET lock_timeout = 0",
        "SELECT pg_advisory_lock(hashtext('geniacs migrations'))",
        "RESET lock_timeout",
    ];
    statements.iter().try_for_each(|sql| diesel::sql_query(*sql).execute(harness).map(|_| ()).map_err(failed))
}

/// Gives each service's role what it needs, also where the roles were made after the migrations.
fn grant(harness: &mut Harness) -> Result<(), MigrationError> {
    use diesel::RunQueryDsl as _;
    diesel::sql_query("SELECT apply_service_grants()").execute(harness).map(|_| ()).map_err(failed)
}

fn ours() -> Result<BTreeSet<String>, MigrationError> {
    use diesel::migration::{Migration as _, MigrationSource};
    let migrations = MigrationSource::<diesel::pg::Pg>::migrations(&MIGRATIONS).map_err(failed)?;
    Ok(migrations.iter().map(|m| m.name().version().to_string()).collect())
}

/// The database's versions. Diesel's own way to read them would make its table where there is none.
fn applied(harness: &mut Harness) -> Result<BTreeSet<String>, MigrationError> {
    use diesel::RunQueryDsl as _;
    let migrated = "SELECT 1 FROM pg_class WHERE oid = to_regclass('__diesel_schema_migrations')";
    if diesel::sql_query(migrated).execute(harness).map_err(failed)? == 0 {
        return Ok(BTreeSet::new());
    }
    let versions = diesel::sql_query("SELECT version::text FROM __diesel_schema_migrations");
    Ok(versions.load::<Version>(harness).map_err(failed)?.into_iter().map(|row| row.version).collect())
}

#[derive(diesel::QueryableByName)]
struct Version {
    #[diesel(sql_type = diesel::sql_types::Text)]
    version: String,
}

fn refuse_newer(ours: &BTreeSet<String>, applied: &BTreeSet<String>) -> Result<(), MigrationError> {
    match applied.last() {
        Some(version) if !ours.contains(version) => Err(MigrationError::NewerDatabase(version.clone())),
        _ => Ok(()),
    }
}

fn failed(error: impl std::fmt::Display) -> MigrationError {
    MigrationError::Failed(error.to_string())
}
