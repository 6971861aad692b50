//! The scheduler's process.

use std::process::ExitCode;

fn main() -> ExitCode {
    service::main("scheduler", 8082, scheduler::run)
}
