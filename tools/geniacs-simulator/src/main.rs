//! `geniacs-simulator`: the partner as a program.

use clap::Parser;
use geniacs_simulator::{Config, Scenario, Simulator};
use std::net::IpAddr;
use tokio::signal::unix::{SignalKind, signal};

/// A Geniacs partner in memory, with webhooks and faults on demand.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// The address to listen on; the admin API has no key, so keep it on loopback.
    #[arg(long, env = "SIMULATOR_BIND", default_value = "127.0.0.1")]
    bind: IpAddr,
    /// The port; 0 takes any that is free.
    #[arg(long, env = "SIMULATOR_PORT", default_value_t = 8090)]
    port: u16,
    /// The bearer token to expect.
    #[arg(long, env = "SIMULATOR_API_KEY", default_value = "simulator-key", hide_env_values = true)]
    api_key: String,
    /// The secret that requests are signed with.
    #[arg(long, env = "SIMULATOR_API_SECRET", default_value = "simulator-secret", hide_env_values = true)]
    api_secret: String,
    /// How the partner behaves; several with commas between them; `help` lists them.
    #[arg(long, env = "SIMULATOR_SCENARIO", default_value = "healthy")]
    scenario: String,
    /// Starts with so many customers, and with NAS servers, subscriptions, invoices, payments and monitoring data of
    /// theirs (1,000 unless told).
    #[arg(long, env = "SIMULATOR_SEED_DATA", value_name = "CUSTOMERS", num_args = 0..=1, default_missing_value = "1000",
        value_parser = clap::value_parser!(u32).range(..=500_000))]
    seed_data: Option<u32>,
    /// Where webhooks go, unless a request to the admin API names its own place.
    #[arg(long, env = "SIMULATOR_WEBHOOK_URL")]
    webhook_url: Option<String>,
    /// Signs webhooks, unless a request to the admin API names its own secret.
    #[arg(long, env = "SIMULATOR_WEBHOOK_SECRET", hide_env_values = true)]
    webhook_secret: Option<String>,
    /// The seed of records, faults and changes.
    #[arg(long, env = "SIMULATOR_SEED", default_value_t = 1)]
    seed: u64,
    /// Take requests whatever their signature is.
    #[arg(long)]
    no_signatures: bool,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    if arguments.scenario == "help" {
        list_scenarios();
        return Ok(());
    }
    run(arguments).await
}

fn list_scenarios() {
    for scenario in Scenario::ALL {
        println!("{:<14} {}", scenario.name, scenario.description);
    }
}

async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let mut interrupted = signal(SignalKind::interrupt())?;
    let mut terminated = signal(SignalKind::terminate())?;
    let mut running = Simulator::start(Config {
        bind: arguments.bind,
        port: arguments.port,
        api_key: arguments.api_key,
        api_secret: arguments.api_secret,
        check_signatures: !arguments.no_signatures,
        seed: arguments.seed,
        faults: Scenario::faults_of(&arguments.scenario)?,
        customers: arguments.seed_data.map_or(Ok(0), usize::try_from)?,
        webhook_url: arguments.webhook_url,
        webhook_secret: arguments.webhook_secret,
        ..Config::default()
    })?;
    println!(
        "geniacs-simulator listening on {} (partner API {}, admin API {}), scenario {}",
        running.address, running.base_url, running.admin_url, arguments.scenario
    );
    tokio::select! {
        _ = interrupted.recv() => {}
        _ = terminated.recv() => {}
        ended = running.ended() => return Ok(ended?),
    }
    running.stop().await;
    Ok(())
}
