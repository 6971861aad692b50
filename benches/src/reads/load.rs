//! A year of a busy provider, written in sets.

use crate::system::System;
use serde_json::{Value, json};
use std::time::Instant;

const STATEMENTS: &str = include_str!("load.sql");
/// Their indexes are made anew once all rows are there.
const LARGE: &str =
    "'geniacs_data_sync', 'sync_chunks', 'geniacs_sync_logs', 'geniacs_webhook_events', 'record_history'";

/// What was made.
pub(crate) struct Loaded {
    /// Integrations with 90, 9 and 1 of a hundred rows.
    pub(crate) integrations: [i64; 3],
}

/// Fills the tables with `logs` log rows and as much of the rest as goes with them.
pub(crate) async fn load(system: &System, logs: u64) -> anyhow::Result<Loaded> {
    let began = Instant::now();
    let integrations = [system.stack.integration_id, another(system, "middle").await?, another(system, "small").await?];
    let sql = &system.sql;
    // What references say is right by how the rows are made; to check each of them would take longer than the rest.
    sql.batch_execute("SET session_replication_role = replica; SET maintenance_work_mem = '512MB'").await?;

    let indexes = take_indexes(system).await?;
    for statement in filled(integrations, logs).split("\n---\n") {
        sql.batch_execute(statement).await?;
    }
    for index in indexes {
        sql.batch_execute(&index).await?;
    }

    sql.batch_execute("RESET session_replication_role").await?;
    sql.batch_execute("VACUUM ANALYZE").await?;
    sql.batch_execute("CHECKPOINT").await?;

    let size: String = sql.query_one("SELECT pg_size_pretty(pg_database_size(current_database()))", &[]).await?.get(0);
    eprintln!("bench: {logs} log rows and what goes with them, {size}, in {:.0} s", began.elapsed().as_secs_f64());
    Ok(Loaded { integrations })
}

async fn another(system: &System, name: &str) -> anyhow::Result<i64> {
    let body = json!({
        "name": name, "endpoint_url": system.stack.partner.base_url(), "api_key": "k", "api_secret": "s",
        "configuration": {"auto_sync": false}, "rate_limits": {"requests_per_minute": 100},
    });
    let made = system.stack.post("/api/geniacs/integrations", &body).await;
    made.pointer("/data/integration/id").and_then(Value::as_i64).ok_or_else(|| anyhow::anyhow!("no integration"))
}

fn filled([big, middle, small]: [i64; 3], logs: u64) -> String {
    let (tenth, hundredth) = (logs / 10, logs / 100);
    [
        ("{big}", big.to_string()),
        ("{middle}", middle.to_string()),
        ("{small}", small.to_string()),
        ("{logs}", logs.to_string()),
        ("{syncs}", tenth.to_string()),
        ("{events}", tenth.to_string()),
        ("{customers}", hundredth.to_string()),
        ("{audit}", hundredth.to_string()),
    ]
    .iter()
    .fold(STATEMENTS.to_owned(), |text, (name, value)| text.replace(name, value))
}

/// Drops the indexes of the large tables that check nothing, and returns how to make them again.
async fn take_indexes(system: &System) -> anyhow::Result<Vec<String>> {
    let question = format!(
        "SELECT c.relname, pg_get_indexdef(c.oid) FROM pg_index x JOIN pg_class c ON c.oid = x.indexrelid
         WHERE x.indrelid::regclass::text IN ({LARGE}) AND NOT x.indisunique ORDER BY 1"
    );
    let mut definitions = Vec::new();
    for row in system.sql.query(&question, &[]).await? {
        system.sql.batch_execute(&format!("DROP INDEX {}", row.get::<_, &str>(0))).await?;
        definitions.push(row.get(1));
    }
    Ok(definitions)
}
