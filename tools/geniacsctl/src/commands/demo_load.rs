//! `demo load`: a provider's customers.

use crate::customers::Generator;
use crate::{print, provider};
use clap::Args;
use service::Settings;
use std::process::ExitCode;
use std::time::Instant;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// How many
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(1..=10_000_000))]
    customers: u64,
    /// The same seed makes the same customers
    #[arg(long, default_value_t = 42)]
    seed: u64,
    /// Add to customers that are there already
    #[arg(long)]
    append: bool,
}

pub(crate) async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let settings = Settings::load()?;
    crate::database::current(&settings).await?;
    let mut client = provider::connect(settings.database.url()?).await?;
    let started = Instant::now();
    let generator = Generator::new(arguments.seed);
    let loaded = provider::customers::load(&mut client, &generator, arguments.customers, arguments.append).await?;
    let seconds = started.elapsed().as_secs_f64();
    let failing = (loaded.first..loaded.first + loaded.customers).filter(|number| generator.fails_validation(*number));
    print::line(format_args!(
        "loaded {} customers in {seconds:.1} s ({}/s); {} of them have an e-mail address that fails validation, or none",
        print::grouped(loaded.customers),
        print::grouped(print::per_second(loaded.customers, seconds)),
        print::grouped(failing.count() as u64),
    ))?;
    Ok(ExitCode::SUCCESS)
}
