//! `load`: a provider's data.

use crate::provider;
use crate::provider_data::{NumberSlice, Provider};
use anyhow::bail;
use clap::Args;
use domain::EntityType;
use geniacsctl::database::connect_client;
use geniacsctl::print::{Output, grouped, per_second};
use serde_json::{Map, Value, json};
use service::Settings;
use std::process::ExitCode;
use std::time::Instant;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    sizes: Sizes,
    /// The same seed makes the same data
    #[arg(long, default_value_t = 42)]
    seed: u64,
    /// Add to what is there already
    #[arg(long)]
    append: bool,
}

/// How many; what is not told follows from the customers.
#[derive(Debug, Args)]
struct Sizes {
    /// How many customers
    #[arg(long, env = "DEMO_CUSTOMERS", default_value_t = 10_000, value_parser = at_most_ten_million())]
    customers: u64,
    /// How many network access servers [default: one for 250 customers]
    #[arg(long, value_parser = at_most_ten_million())]
    nas_servers: Option<u64>,
    /// [default: 12 for 10 customers]
    #[arg(long, value_parser = at_most_ten_million())]
    subscriptions: Option<u64>,
    /// [default: 3 for each customer]
    #[arg(long, value_parser = at_most_ten_million())]
    invoices: Option<u64>,
    /// [default: 25 for 10 customers]
    #[arg(long, value_parser = at_most_ten_million())]
    payments: Option<u64>,
    /// Samples of monitoring data [default: 10 for each customer]
    #[arg(long, value_parser = at_most_ten_million())]
    samples: Option<u64>,
}

fn at_most_ten_million() -> clap::builder::RangedU64ValueParser {
    clap::value_parser!(u64).range(0..=10_000_000)
}

pub(crate) async fn load_rows(arguments: Arguments, output: Output) -> anyhow::Result<ExitCode> {
    let mut provider = provider_of(&arguments);
    if let Some(missing) = provider.missing() {
        bail!(missing);
    }

    let settings = Settings::load()?;
    geniacsctl::database::connect_current(&settings).await?;
    let mut client = connect_client(settings.database.url()?).await?;

    let started = Instant::now();
    let loaded = provider::loading::load_tables(&mut client, &mut provider, arguments.append).await?;
    let seconds = started.elapsed().as_secs_f64();

    report_loaded(&provider, &loaded, seconds, output)?;
    Ok(ExitCode::SUCCESS)
}

fn provider_of(arguments: &Arguments) -> Provider {
    let sizes = &arguments.sizes;
    let customers = sizes.customers;
    let slice =
        |count: Option<u64>, usual: u64| NumberSlice { count: count.unwrap_or(usual), ..NumberSlice::default() };

    Provider {
        seed: arguments.seed,
        nas_servers: slice(sizes.nas_servers, customers.div_ceil(250)),
        customers: slice(Some(customers), 0),
        subscriptions: slice(sizes.subscriptions, customers * 12 / 10),
        invoices: slice(sizes.invoices, customers * 3),
        payments: slice(sizes.payments, customers * 25 / 10),
        samples: slice(sizes.samples, customers * 10),
    }
}

fn report_loaded(
    provider: &Provider,
    loaded: &[(EntityType, u64)],
    seconds: f64,
    output: Output,
) -> anyhow::Result<()> {
    let customers = provider.customers;

    let numbers = customers.first_number..customers.first_number + customers.count;
    let failing = numbers.filter(|number| provider.fails_validation(*number)).count() as u64;
    let rows: u64 = loaded.iter().map(|(_, rows)| rows).sum();

    let parts: Vec<String> = loaded.iter().map(|(entity, rows)| format!("{} {entity}", grouped(*rows))).collect();

    let text = format!(
        "loaded {} in {seconds:.1} s ({} rows/s); {} customers have an e-mail address that fails validation, or none",
        parts.join(", "),
        grouped(per_second(rows, seconds)),
        grouped(failing),
    );

    let counts: Map<String, Value> =
        loaded.iter().map(|(entity, rows)| (entity.as_str().to_owned(), Value::from(*rows))).collect();
    let data = json!({"loaded": counts, "customers_that_fail_validation": failing, "seconds": seconds});

    output.done(text, &data)?;
    Ok(())
}
