//! A database for one story after another, with a clock that only the story moves.

use crate::door::Door;
use secrets::KeyRing;
use test_support::TestDatabase;
use tokio_postgres::{Client, NoTls};

/// A database of its own on the server of `DATABASE_URL`.
pub struct Database {
    made: TestDatabase,
    /// The key ring of all services.
    pub(crate) keys: String,
    pub(crate) door: Door,
    /// Empties it, but for what the migrations put there.
    reset: String,
}

/// The tables' own default is the server's time, which stands still beside a clock that is moved.
const CLOCK: &str = "
    CREATE TABLE world_clock (at timestamptz NOT NULL);
    INSERT INTO world_clock VALUES (statement_timestamp());
    GRANT SELECT ON world_clock TO PUBLIC;
    CREATE OR REPLACE FUNCTION geniacs_now() RETURNS timestamptz LANGUAGE sql STABLE AS 'SELECT at FROM public.world_clock';
    DO $$ DECLARE c record; BEGIN
        FOR c IN SELECT table_name, column_name FROM information_schema.columns
                 WHERE table_schema = 'public' AND column_default = 'now()' LOOP
            EXECUTE format('ALTER TABLE %I ALTER COLUMN %I SET DEFAULT geniacs_now()', c.table_name, c.column_name);
        END LOOP;
    END $$";

impl Database {
    /// Makes the database.
    pub async fn create() -> Self {
        let database = TestDatabase::create().await;
        database.execute(CLOCK).await;
        let client = connect(database.url()).await;

        // Neither triggers nor references act on it, so that the tables may be emptied in any order.
        let mut statements = vec!["SET session_replication_role = replica".to_owned()];
        // Only tables that hold something after the migrations: to delete from all of them for each story takes
        // longer.
        let tables = "SELECT c.oid::regclass::text FROM pg_class c WHERE c.relkind = 'r' AND NOT c.relispartition
             AND c.relnamespace = 'public'::regnamespace AND c.relname <> 'world_clock' ORDER BY 1";
        for row in client.query(tables, &[]).await.expect("the tables") {
            let table: String = row.get(0);
            let filled =
                client.query_one(&format!("SELECT EXISTS (SELECT FROM {table})"), &[]).await.expect("an answer");
            if !filled.get::<_, bool>(0) {
                statements.push(format!("DELETE FROM {table}"));
            }
        }

        let sequences = "SELECT c.oid::regclass::text FROM pg_class c WHERE c.relkind = 'S' AND c.relnamespace = 'public'::regnamespace";
        for row in client.query(sequences, &[]).await.expect("the sequences") {
            statements.push(format!("SELECT setval('{}', 1, false)", row.get::<_, String>(0)));
        }
        statements.push("SET session_replication_role = DEFAULT".to_owned());

        let keys = KeyRing::generate_entry("world");
        let door = Door::open(database.url(), &keys).await;
        Self { made: database, keys, door, reset: statements.join(";\n") }
    }

    pub(crate) fn url(&self) -> &str {
        self.made.url()
    }

    pub(crate) async fn connect(&self) -> Client {
        connect(self.url()).await
    }

    pub(crate) async fn reset(&self, client: &Client) {
        client.batch_execute(&self.reset).await.expect("the database is emptied");
    }
}

/// A connection that gives up soon where somebody else holds a row.
async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.expect("the server answers");
    tokio::spawn(connection);
    client.batch_execute("SET lock_timeout = '200ms'; SET TimeZone = 'UTC'").await.expect("settings");
    client
}
