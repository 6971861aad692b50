//! Loading and changing the provider's customers.

use crate::customers::{COPY_COLUMNS, Generator};
use anyhow::{Context as _, anyhow, bail};
use bytes::{Bytes, BytesMut};
use futures_util::SinkExt as _;
use tokio_postgres::{Client, Transaction};

/// What is handed to the connection at once.
const PIECE: usize = 64 * 1024;

/// What was loaded.
pub(crate) struct Loaded {
    pub(crate) customers: u64,
    /// The number of the first customer, which its code shows.
    pub(crate) first: u64,
}

/// Loads `count` customers in one transaction. Without `append` the table must be empty.
pub(crate) async fn load(
    client: &mut Client,
    generator: &Generator,
    count: u64,
    append: bool,
) -> anyhow::Result<Loaded> {
    let transaction = client.transaction().await?;
    let first = 1 + last_number(&transaction, append).await?;
    let customers = copy(&transaction, generator, first..first + count).await.map_err(|error| explain(&error))?;
    transaction.commit().await?;
    // Fresh statistics, so that the first sync's plans are good ones.
    client.batch_execute("ANALYZE customers").await?;
    Ok(Loaded { customers, first })
}

/// The highest number in a customer code; locks the table against another load.
async fn last_number(transaction: &Transaction<'_>, append: bool) -> anyhow::Result<u64> {
    transaction.batch_execute("LOCK TABLE customers IN SHARE ROW EXCLUSIVE MODE").await?;
    let sql = "SELECT count(*) > 0, max(substring(customer_code FROM '^CUST-([0-9]{1,18})$')::bigint) FROM customers";
    let row = transaction.query_one(sql, &[]).await?;
    if row.get(0) && !append {
        bail!("the table customers is not empty; give --append to add to it, or use an empty database");
    }
    Ok(row.get::<_, Option<i64>>(1).and_then(|number| u64::try_from(number).ok()).unwrap_or(0))
}

async fn copy(
    transaction: &Transaction<'_>,
    generator: &Generator,
    numbers: std::ops::Range<u64>,
) -> Result<u64, tokio_postgres::Error> {
    let sql = format!("COPY customers ({COPY_COLUMNS}) FROM STDIN");
    let sink = transaction.copy_in::<_, Bytes>(&sql).await?;
    let mut sink = std::pin::pin!(sink);
    let mut piece = BytesMut::with_capacity(PIECE + 4_096);
    for number in numbers {
        generator.customer(number).write_copy_line(&mut piece);
        if piece.len() >= PIECE {
            sink.send(piece.split().freeze()).await?;
        }
    }
    sink.send(piece.freeze()).await?;
    sink.finish().await
}

fn explain(error: &tokio_postgres::Error) -> anyhow::Error {
    anyhow!("the customers could not be loaded, and none was: {}", super::cause(error))
}

/// What [`choose`] gives: an id and the phone number as it stands.
pub(crate) struct Chosen {
    pub(crate) id: i64,
    pub(crate) phone: Option<String>,
}

/// Customers to be changed, the same for the same seed and table: not deleted, and with an e-mail address that passes, so
/// that a change of them can be synced.
pub(crate) async fn choose(transaction: &Transaction<'_>, count: i64, seed: &str) -> anyhow::Result<Vec<Chosen>> {
    let sql = r"SELECT id, phone FROM customers
        WHERE deleted_at IS NULL AND email ~* '^[a-z0-9._]+@[a-z0-9]+(\.[a-z0-9]+)+$'
        ORDER BY md5($2 || id::text), id LIMIT $1 FOR UPDATE";
    let rows = transaction.query(sql, &[&count, &seed]).await?;
    Ok(rows.iter().map(|row| Chosen { id: row.get(0), phone: row.get(1) }).collect())
}

/// Gives customers new phone numbers; returns how many have them now.
pub(crate) async fn set_phones(transaction: &Transaction<'_>, ids: &[i64], phones: &[String]) -> anyhow::Result<u64> {
    let sql = "UPDATE customers c SET phone = u.phone FROM unnest($1::bigint[], $2::text[]) AS u (id, phone) WHERE c.id = u.id";
    transaction.execute(sql, &[&ids, &phones]).await.context("the customers could not be changed")
}
