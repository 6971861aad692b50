//! `geniacsctl`: the operator's command line.

use std::process::ExitCode;

fn main() -> ExitCode {
    geniacsctl::main(std::env::args_os())
}
