//! REST and access. See the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    service::main("api-gateway", api_gateway::DEFAULT_PORT, api_gateway::run)
}
