//! What every test stands on: a database with integration 1, and what goes into it.

use std::sync::LazyLock;
use std::time::Duration;

use diesel_async::{RunQueryDsl as _, SimpleAsyncConnection as _};
use domain::integration::ConflictPolicy;
use domain::sync::{Filters, Starter, SyncOptions, SyncRequest};
use domain::{EntityType, SyncDirection, SyncType};
use storage::entities::{Descriptor, descriptor};
use storage::records::unanswered::{self, Sent};
use storage::runs::syncs::{self, Accepted, NewSync, Refused, RunSettings, StartedBy};
use storage::{AsyncConnection, Connection, Pool, PooledConnection, pool};
use test_support::TestDatabase;

/// Long, because the machine may be busy; a test that passes never waits for it.
pub(crate) const LIMIT: Duration = Duration::from_mins(1);

pub(crate) struct Stand {
    pool: Pool,
    pub(crate) database: TestDatabase,
}

impl Stand {
    /// A database with integration 1.
    pub(crate) async fn new() -> Self {
        let database = TestDatabase::create().await;
        let stand = Self { pool: database.pool(10), database };
        stand.integration(1).await;
        stand
    }

    pub(crate) async fn connection(&self) -> PooledConnection {
        pool::get(&self.pool).await.unwrap()
    }

    pub(crate) async fn execute(&self, statements: &str) {
        run(&mut *self.connection().await, statements).await;
    }

    pub(crate) async fn ask(&self, query: &str) -> String {
        self.database.ask(query).await
    }

    pub(crate) async fn integration(&self, id: i64) {
        let insert =
            "INSERT INTO geniacs_integrations (id, name, endpoint_url, api_key_encrypted, api_secret_encrypted)";
        self.execute(&format!(
            "{insert} VALUES ({id}, 'partner {id}', 'https://partner.example/v1', 'sealed', 'sealed')"
        ))
        .await;
    }

    /// Customers with the codes `C1`, `C2`…, whose ids begin at 1 in a new database.
    pub(crate) async fn customers(&self, count: i64) {
        let rows = format!("SELECT 'C' || n, 'Customer ' || n FROM generate_series(1, {count}) n");
        self.execute(&format!("INSERT INTO customers (customer_code, name) {rows}")).await;
    }

    /// Notes that these customers of integration 1 are about to be sent.
    pub(crate) async fn note_sent(&self, local_ids: &[i64]) {
        let sent: Vec<Sent<'_>> =
            local_ids.iter().map(|id| Sent { local_id: *id, natural_key: None, fields: None }).collect();
        unanswered::note_sent(&mut *self.connection().await, 1, EntityType::Customers, &sent).await.unwrap();
    }

    /// Customers without codes, every second of them gone again.
    pub(crate) async fn customers_with_gaps(&self, count: i64) {
        self.execute(&format!("INSERT INTO customers (name) SELECT 'gap' FROM generate_series(1, {count} * 2)")).await;
        self.execute("DELETE FROM customers WHERE name = 'gap' AND id % 2 = 0").await;
    }

    /// Makes every statement of this database believe that it is so much later.
    pub(crate) async fn move_clock(&self, by: &str) {
        self.set_clock(&format!("statement_timestamp() + interval '{by}'")).await;
    }

    /// Makes every statement of this database believe that it is this moment.
    pub(crate) async fn stop_clock(&self, at: &str) {
        self.set_clock(&format!("timestamptz '{at}'")).await;
    }

    async fn set_clock(&self, time: &str) {
        let head = "CREATE OR REPLACE FUNCTION geniacs_now() RETURNS timestamptz LANGUAGE sql STABLE";
        self.execute(&format!("{head} AS $$ SELECT {time} $$")).await;
    }

    pub(crate) async fn accept(&self, new: &NewSync<'_>) -> Result<Accepted, Refused> {
        let mut connection = self.connection().await;
        let work = async |connection: &mut Connection| syncs::accept(connection, new).await;
        Connection::transaction(&mut *connection, work).await.unwrap()
    }

    /// A sync of integration 1 that has just been accepted.
    pub(crate) async fn sync(&self) -> i64 {
        accepted(&self.accept(&plain(&request(1))).await)
    }

    /// A running sync of that integration whose only chunk, its plan, is done.
    pub(crate) async fn planned_sync(&self, integration_id: i64) -> i64 {
        let id = accepted(&self.accept(&plain(&request(integration_id))).await);
        self.execute(&format!("UPDATE sync_chunks SET state = 'done' WHERE sync_id = {id}")).await;
        id
    }
}

/// Runs statements in the connection's own session.
pub(crate) async fn run(connection: &mut Connection, statements: &str) {
    connection.batch_execute(statements).await.unwrap();
}

/// The number that a question about the connection's own session yields, as its column `n`.
pub(crate) async fn number(connection: &mut Connection, sql: &str) -> i64 {
    #[derive(diesel::QueryableByName)]
    struct Number {
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        n: i64,
    }
    diesel::sql_query(sql).get_result::<Number>(connection).await.unwrap().n
}

/// A full push of customers.
pub(crate) fn request(integration_id: i64) -> SyncRequest {
    SyncRequest {
        integration_id,
        sync_type: SyncType::Full,
        entity_type: EntityType::Customers,
        direction: SyncDirection::ToGeniacs,
        filters: Filters::default(),
        options: SyncOptions::default(),
    }
}

/// A manual sync without a key.
pub(crate) fn plain(request: &SyncRequest) -> NewSync<'_> {
    static SETTINGS: LazyLock<RunSettings> = LazyLock::new(|| RunSettings {
        batch_size: 100,
        timeout_seconds: 30,
        max_attempts: 3,
        retry_failed: true,
        max_seconds: 3_600,
        window_seconds: None,
        default_region: "ID".to_owned(),
        default_time_zone: None,
        delete_guard_percent: domain::integration::DELETE_GUARD_PERCENT,
        clear_guard_percent: domain::integration::CLEAR_GUARD_PERCENT,
        change_guard_percent: domain::integration::CHANGE_GUARD_PERCENT,
        conflict_policy: ConflictPolicy::Newest,
        schema_strict: false,
    });

    NewSync::asked_for(request, &SETTINGS, StartedBy::system(Starter::User))
}

/// The id of a new sync.
pub(crate) fn accepted(answer: &Result<Accepted, Refused>) -> i64 {
    match answer {
        Ok(Accepted::New(sync, _)) => sync.id,
        other => panic!("no new sync: {other:?}"),
    }
}

pub(crate) fn customers() -> &'static Descriptor {
    descriptor(EntityType::Customers)
}
