//! The webhook-ingest's process.

use std::process::ExitCode;

fn main() -> ExitCode {
    service::main("webhook-ingest", 8081, webhook_ingest::run)
}
