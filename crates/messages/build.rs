//! Compiles `proto/` without a protoc to install.

use std::error::Error;
use std::path::PathBuf;

const FILES: [&str; 2] = ["geniacs/messages/v1/permits.proto", "geniacs/messages/v1/webhook_delivery.proto"];

fn main() -> Result<(), Box<dyn Error>> {
    // Asked when it runs: a build folder may be shared by several checkouts.
    let root = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").ok_or("cargo runs this")?).join("../../proto");
    println!("cargo::rerun-if-changed={}", root.display());
    let descriptors = protox::compile(FILES, [&root])?;
    prost_build::Config::new()
        .enable_type_names()
        // Its body is personal data and its signature is a credential: `Debug` is written by hand.
        .skip_debug(["geniacs.messages.v1.WebhookDelivery"])
        .compile_fds(descriptors)?;
    Ok(())
}
