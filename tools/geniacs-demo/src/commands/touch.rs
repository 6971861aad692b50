//! `touch`: changes some records here.

use crate::provider;
use clap::Args;
use domain::EntityType;
use geniacsctl::database::connect_client;
use geniacsctl::print::{Output, grouped};
use serde_json::json;
use service::Settings;
use std::process::ExitCode;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// How many
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(i64).range(1..=10_000_000))]
    count: i64,
    /// Which kind of record; of monitoring_data, new samples are added
    #[arg(long, default_value = "customers")]
    entity: EntityType,
    /// Chooses the records and their new values
    #[arg(long, default_value_t = 42)]
    seed: u64,
}

pub(crate) async fn touch_rows(arguments: Arguments, output: Output) -> anyhow::Result<ExitCode> {
    let Arguments { count, entity, seed } = arguments;
    let settings = Settings::load()?;
    geniacsctl::database::connect_current(&settings).await?;
    let mut client = connect_client(settings.database.url()?).await?;
    provider::touching::touch_entity(&mut client, entity, count, seed).await?;
    let text = format!("changed {} {entity}", grouped(count.unsigned_abs()));
    output.done(text, &json!({"entity_type": entity, "changed": count}))?;
    Ok(ExitCode::SUCCESS)
}
