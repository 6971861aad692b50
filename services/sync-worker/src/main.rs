//! The sync-worker's process.

use std::process::ExitCode;

fn main() -> ExitCode {
    service::main("sync-worker", 8083, sync_worker::run)
}
