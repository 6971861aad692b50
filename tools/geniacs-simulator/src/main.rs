//! `geniacs-simulator`: the partner as a program.

use clap::Parser;
use geniacs_simulator::{Config, Simulator};
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
    /// The seed of faults and of changes.
    #[arg(long, env = "SIMULATOR_SEED", default_value_t = 1)]
    seed: u64,
    /// Take requests whatever their signature is.
    #[arg(long)]
    no_signatures: bool,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let mut interrupted = signal(SignalKind::interrupt())?;
    let mut terminated = signal(SignalKind::terminate())?;
    let mut running = Simulator::start(Config {
        bind: arguments.bind,
        port: arguments.port,
        api_key: arguments.api_key,
        api_secret: arguments.api_secret,
        check_signatures: !arguments.no_signatures,
        seed: arguments.seed,
        ..Config::default()
    })?;
    println!(
        "geniacs-simulator listening on {} (partner API {}, admin API {})",
        running.address, running.base_url, running.admin_url
    );
    tokio::select! {
        _ = interrupted.recv() => {}
        _ = terminated.recv() => {}
        ended = running.ended() => return Ok(ended?),
    }
    running.stop().await;
    Ok(())
}
