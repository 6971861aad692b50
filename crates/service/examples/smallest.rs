//! The smallest service: nothing but the shell. It listens, is alive and ready, and stops when asked.
//!
//! `/slow` takes a second, to see a request being finished while the service stops; `/panic` panics.

use std::process::ExitCode;
use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::web::get;
use service::{CancellationToken, Readiness, Settings};

async fn run(settings: Settings, shutdown: CancellationToken) -> anyhow::Result<()> {
    let server = service::http::serve(&settings.http, Readiness::new(), shutdown, |app| {
        app.route("/slow", get().to(slow)).route("/panic", get().to(panic));
    })?;
    server.join().await?;
    Ok(())
}

async fn slow() -> HttpResponse {
    tracing::info!("slow request begins");
    tokio::time::sleep(Duration::from_secs(1)).await;
    HttpResponse::Ok().body("done")
}

async fn panic() -> HttpResponse {
    panic!("a customer's name")
}

fn main() -> ExitCode {
    service::main("smallest", 0, run)
}
