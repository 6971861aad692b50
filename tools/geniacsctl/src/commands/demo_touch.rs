//! `demo touch`: changes some customers here.

use crate::customers::phone_like_new;
use crate::provider::customers::{choose, set_phones};
use crate::{print, provider};
use anyhow::bail;
use clap::Args;
use service::Settings;
use std::process::ExitCode;
use tokio_postgres::Client;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// How many
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(i64).range(1..=10_000_000))]
    count: i64,
    /// Chooses the customers and their new telephone numbers
    #[arg(long, default_value_t = 42)]
    seed: u64,
}

pub(crate) async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let settings = Settings::load()?;
    crate::database::current(&settings).await?;
    let mut client = provider::connect(settings.database.url()?).await?;
    touch(&mut client, arguments.count, arguments.seed).await?;
    print::line(format_args!("changed {} customers", arguments.count))?;
    Ok(ExitCode::SUCCESS)
}

/// Gives exactly `count` customers another telephone number, or changes nothing.
pub(super) async fn touch(client: &mut Client, count: i64, seed: u64) -> anyhow::Result<()> {
    let transaction = client.transaction().await?;
    let chosen = choose(&transaction, count, &seed.to_string()).await?;
    if i64::try_from(chosen.len())? < count {
        bail!("only {} customers can be changed, not {count}; load more with `geniacsctl demo load`", chosen.len());
    }
    let (ids, phones): (Vec<i64>, Vec<String>) = chosen
        .iter()
        .map(|customer| (customer.id, phone_like_new(seed, customer.id, customer.phone.as_deref())))
        .unzip();
    set_phones(&transaction, &ids, &phones).await?;
    transaction.commit().await?;
    Ok(())
}
