//! Loading a provider's data.

use crate::provider_data::{CopyLine, NumberSlice, Provider, TABLES, Table};
use anyhow::{anyhow, bail};
use bytes::{Bytes, BytesMut};
use domain::EntityType;
use futures_util::SinkExt as _;
use storage::entities::descriptor;
use tokio_postgres::{Client, Transaction};

/// The number of bytes that are handed to the connection at once.
const PIECE: usize = 64 * 1024;

/// Loads all rows in one transaction, numbered on from those that are there. Without `append` the tables must be empty.
/// Returns how many rows each table got, in the order of dependence.
pub(crate) async fn load_tables(
    client: &mut Client,
    provider: &mut Provider,
    append: bool,
) -> anyhow::Result<Vec<(EntityType, u64)>> {
    let transaction = client.transaction().await?;
    for table in &TABLES {
        *provider.slice_mut(table.entity) =
            begin_table(&transaction, table, *provider.slice_of(table.entity), append).await?;
    }

    let mut loaded = Vec::with_capacity(TABLES.len());
    for table in &TABLES {
        let count = provider.slice_of(table.entity).count;
        let rows =
            copy_rows(&transaction, table, provider, count).await.map_err(|error| explain_failure(table, &error))?;
        loaded.push((table.entity, rows));
    }

    transaction.commit().await?;

    // Fresh statistics, so that the first sync's plans are good ones.
    let names: Vec<&str> = TABLES.iter().map(|table| descriptor(table.entity).table).collect();
    client.batch_execute(&format!("ANALYZE {}", names.join(", "))).await?;

    Ok(loaded)
}

/// Where the rows of a table begin; locks the table against another load.
async fn begin_table(
    transaction: &Transaction<'_>,
    table: &Table,
    slice: NumberSlice,
    append: bool,
) -> anyhow::Result<NumberSlice> {
    let name = descriptor(table.entity).table;
    transaction.batch_execute(&format!("LOCK TABLE {name} IN SHARE ROW EXCLUSIVE MODE")).await?;

    let sql = format!("SELECT EXISTS (SELECT FROM {name})");
    if !append && transaction.query_one(&sql, &[]).await?.get(0) {
        bail!("the table {name} is not empty; give --append to add to it, or use an empty database");
    }

    let Some(code) = table.code.filter(|_| slice.count > 0) else { return Ok(slice) };

    let sql = format!(
        "SELECT coalesce(max(substring({} FROM '^{}-([0-9]{{1,15}})$')::bigint), 0) FROM {name}",
        code.column, code.prefix
    );
    let last: i64 = transaction.query_one(&sql, &[]).await?.get(0);

    Ok(NumberSlice {
        first_number: 1 + last.unsigned_abs(),
        first_id: take_ids(transaction, name, slice.count).await?,
        ..slice
    })
}

/// Takes ids that nobody else will get, and returns the first one.
async fn take_ids(transaction: &Transaction<'_>, name: &str, count: u64) -> anyhow::Result<i64> {
    let sequence = format!("pg_get_serial_sequence('{name}', 'id')");
    let sql = format!("SELECT greatest(nextval({sequence}), (SELECT coalesce(max(id), 0) + 1 FROM {name}))");
    let first: i64 = transaction.query_one(&sql, &[]).await?.get(0);
    let last = first.saturating_add_unsigned(count.saturating_sub(1));
    transaction.query_one(&format!("SELECT setval({sequence}, $1)"), &[&last]).await?;
    Ok(first)
}

async fn copy_rows(
    transaction: &Transaction<'_>,
    table: &Table,
    provider: &Provider,
    count: u64,
) -> Result<u64, tokio_postgres::Error> {
    let id = if table.code.is_some() { "id, " } else { "" };
    let sql = format!("COPY {} ({id}{}) FROM STDIN", descriptor(table.entity).table, table.columns);

    let sink = transaction.copy_in::<_, Bytes>(&sql).await?;
    let mut sink = std::pin::pin!(sink);

    let mut piece = BytesMut::with_capacity(PIECE + 4_096);

    for index in 0..count {
        write_row(table, provider, index, &mut piece);
        // Millions of rows must not lie in memory at once.
        if piece.len() >= PIECE {
            sink.send(piece.split().freeze()).await?;
        }
    }

    sink.send(piece.freeze()).await?;
    sink.finish().await
}

fn write_row(table: &Table, provider: &Provider, index: u64, piece: &mut BytesMut) {
    let mut line = CopyLine::new(piece);
    if table.code.is_some() {
        line.value(provider.slice_of(table.entity).id(index));
    }
    (table.write)(provider, index, &mut line);
    line.end();
}

fn explain_failure(table: &Table, error: &tokio_postgres::Error) -> anyhow::Error {
    anyhow!(
        "the {} could not be loaded, and nothing was: {}",
        table.entity,
        geniacsctl::database::innermost_cause(error)
    )
}
