//! `geniacs-bench`: the benchmark as a program. `make bench` builds everything and starts the servers.

use anyhow::Context;
use benches::{Options, Part, dashboard, mapping, reads, report, transfer, webhooks};
use clap::Parser;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    service::install_tls_provider();
    let machine = report::machine();
    eprintln!("bench: the machine before the run: {machine}; figures of a busy machine mean little");
    let mut lines = Vec::new();

    for part in options.parts() {
        eprintln!("bench: {part:?} …");
        let measured = match part {
            Part::Mapping => mapping::measure(&options),
            Part::Webhooks => webhooks::measure(&options).await,
            Part::Push => transfer::push(&options).await,
            Part::Pull => transfer::pull(&options).await,
            Part::Reads => reads::measure(&options).await,
            Part::Dashboard => dashboard::measure(&options).await,
        };
        let measured = measured.with_context(|| format!("{part:?} could not be measured"))?;
        print!("{}", report::table(&measured));
        lines.extend(measured);
    }

    let path = report::write(&options.output, &machine, &lines)?;
    println!("\nAll of it, with tenths and memory: {}", path.display());

    let broken = dashboard::broken(&lines);
    anyhow::ensure!(broken.is_empty(), "beyond what it may be: {}", broken.join("; "));
    Ok(())
}
