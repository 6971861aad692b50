//! The tables that are named in one place are those that there are.

use storage::tables;
use test_support::TestDatabase;

#[tokio::test(flavor = "multi_thread")]
async fn every_table_is_named_and_every_name_is_a_table() {
    let database = TestDatabase::create().await;
    let there = database
        .ask(
            "SELECT string_agg(relname, ' ' ORDER BY relname COLLATE \"C\") FROM pg_class
             WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
               AND relname <> '__diesel_schema_migrations'",
        )
        .await;

    let mut named = tables::all();
    named.sort_unstable();
    assert_eq!(named.join(" "), there, "crates/storage/src/tables.rs names the tables");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_looks_in_the_schemas_of_the_tables_first_and_then_where_the_database_says() {
    let database = TestDatabase::create().await;
    let name = database.ask("current_database()").await;
    database.execute(&format!("ALTER DATABASE {name} SET search_path = elsewhere")).await;

    let path = storage_path(&database).await;
    assert_eq!(path, format!("{}, {}, elsewhere", tables::OWN_SCHEMA, tables::PROVIDER_SCHEMA));
}

async fn storage_path(database: &TestDatabase) -> String {
    #[derive(diesel::QueryableByName)]
    struct Path {
        #[diesel(sql_type = diesel::sql_types::Text)]
        path: String,
    }

    let path = diesel::sql_query("SELECT current_setting('search_path') AS path");
    let mut connection = database.connection().await;
    diesel_async::RunQueryDsl::get_result::<Path>(path, &mut *connection).await.unwrap().path
}
