//! The least that any program does for the same outcome.

use super::provider::Row;
use crate::line::Ceiling;
use crate::options::Options;
use crate::stats::{median, number};
use domain::EntityType;
use end_to_end::Stack;
use geniacs::{Account, Client, Guard, HttpOptions, Outbound, PageRequest, PushBody, PushContent, PushRecord};
use geniacs_simulator::Config;
use secrecy::SecretString;
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Requests under way at once: as many as one sync may have.
const IN_FLIGHT: usize = 16;
const TIMEOUT: Duration = Duration::from_secs(30);

/// One upsert per page of the same rows, each committed, on one connection, into a table like the provider's with its
/// indexes and without its triggers.
pub(super) async fn upserts(sql: &tokio_postgres::Client, rows: &[Row], options: &Options) -> anyhow::Result<Ceiling> {
    let mut rates = Vec::new();
    for _ in 0..options.runs_of(u64::try_from(rows.len())?) {
        sql.batch_execute("DROP TABLE IF EXISTS copies; CREATE TABLE copies (LIKE customers INCLUDING ALL)").await?;
        let statement = sql.prepare(UPSERT).await?;

        let started = Instant::now();
        for page in rows.chunks(options.batch as usize) {
            upsert(sql, &statement, page).await?;
        }
        rates.push(rate(rows.len(), started));
    }

    sql.batch_execute("DROP TABLE copies").await?;
    Ok(Ceiling::of("one upsert per page", median(rates)))
}

const UPSERT: &str = "INSERT INTO copies (id, customer_code, name, email, phone, status, geniacs_customer_id)
    SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
    ON CONFLICT (id) DO UPDATE SET customer_code = excluded.customer_code, name = excluded.name, email = excluded.email,
        phone = excluded.phone, status = excluded.status, geniacs_customer_id = excluded.geniacs_customer_id";

async fn upsert(
    sql: &tokio_postgres::Client,
    statement: &tokio_postgres::Statement,
    page: &[Row],
) -> Result<u64, tokio_postgres::Error> {
    let ids: Vec<i64> = page.iter().map(|row| row.id).collect();
    let texts = |of: fn(&Row) -> &String| page.iter().map(|row| of(row).as_str()).collect::<Vec<_>>();
    let (codes, names, emails) = (texts(|r| &r.code), texts(|r| &r.name), texts(|r| &r.email));
    let (phones, statuses, geniacs) = (texts(|r| &r.phone), texts(|r| &r.status), texts(|r| &r.geniacs_id));
    sql.execute(statement, &[&ids, &codes, &names, &emails, &phones, &statuses, &geniacs]).await
}

/// The same records sent to the simulator, with the same requests and as many of them at once.
pub(super) async fn posts(stack: &Stack, rows: &[Row], options: &Options) -> anyhow::Result<Ceiling> {
    let mut rates = Vec::new();
    for _ in 0..options.runs_of(u64::try_from(rows.len())?) {
        stack.admin("reset", &json!({})).await;
        let bodies: Arc<Vec<Vec<PushRecord>>> =
            Arc::new(rows.chunks(options.batch as usize).map(|page| page.iter().map(record).collect()).collect());
        let client = client(stack)?;
        let started = Instant::now();

        let mut senders = tokio::task::JoinSet::new();
        for first in 0..IN_FLIGHT {
            let (client, bodies) = (client.clone(), bodies.clone());
            senders.spawn(async move {
                for (number, records) in bodies.iter().enumerate().skip(first).step_by(IN_FLIGHT) {
                    post(&client, number, records).await?;
                }
                anyhow::Ok(())
            });
        }

        while let Some(sent) = senders.join_next().await {
            sent??;
        }
        rates.push(rate(rows.len(), started));
    }

    Ok(Ceiling::of("a bare client", median(rates)))
}

async fn post(client: &Client, number: usize, records: &[PushRecord]) -> anyhow::Result<()> {
    let body = PushBody::new(EntityType::Customers, records, &json!({}), 1)?;
    let answer = client.push(&body, i64::try_from(number)?, TIMEOUT).await?;
    anyhow::ensure!(answer.results.len() == records.len(), "the simulator left records out");
    Ok(())
}

fn record(row: &Row) -> PushRecord {
    let fields = [
        ("customer_code", &row.code),
        ("customer_name", &row.name),
        ("customer_email", &row.email),
        ("customer_phone", &row.phone),
        ("customer_status", &row.status),
    ];
    let fields: Map<String, Value> =
        fields.into_iter().map(|(name, value)| (name.to_owned(), Value::String(value.clone()))).collect();
    PushRecord { external_id: row.id, geniacs_id: None, version: 1, body: PushContent::Upsert(fields) }
}

/// The same listing walked without a database, one page after the other, as its cursors demand.
pub(super) async fn pages(stack: &Stack, size: u64, options: &Options) -> anyhow::Result<Ceiling> {
    let client = client(stack)?;
    let mut rates = Vec::new();
    for _ in 0..options.runs_of(size) {
        let (started, mut records, mut cursor) = (Instant::now(), 0_u64, None::<String>);

        loop {
            let request = PageRequest { limit: options.batch, cursor: cursor.as_deref(), updated_since: None };
            let page = client.page(EntityType::Customers, &request).await?;
            records += u64::try_from(page.records.len())?;
            cursor = page.next_cursor;
            if cursor.is_none() {
                break;
            }
        }

        anyhow::ensure!(records == size, "the simulator listed {records} of {size} records");
        rates.push(number(records) / started.elapsed().as_secs_f64());
    }

    Ok(Ceiling::of("a bare client", median(rates)))
}

fn client(stack: &Stack) -> anyhow::Result<Client> {
    let config = Config::default();
    let account = Account {
        base_url: stack.partner.base_url().parse()?,
        api_key: SecretString::from(config.api_key),
        api_secret: SecretString::from(config.api_secret),
        timeout: TIMEOUT,
        endpoints: HashMap::new(),
    };
    let guard = Guard::new(true, &["127.0.0.0/8".parse()?]);
    Ok(Client::new(Outbound::new(&HttpOptions::default(), guard)?, account)?)
}

fn rate(count: usize, started: Instant) -> f64 {
    number(u64::try_from(count).unwrap_or_default()) / started.elapsed().as_secs_f64()
}
