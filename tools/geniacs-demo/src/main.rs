//! `geniacs-demo`: a made-up provider, and the main job with it.

use std::process::ExitCode;

fn main() -> ExitCode {
    geniacs_demo::main(std::env::args_os())
}
