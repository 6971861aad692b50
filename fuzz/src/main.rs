//! The targets of `crates/fuzz-targets` under libFuzzer; `FUZZ_TARGET` names one of them. `make fuzz` runs it.
//! With `FUZZ_SEEDS` it writes the target's seeds into that folder and ends.
#![no_main]

use fuzz_targets::{TARGETS, Target};
use std::path::Path;
use std::sync::LazyLock;

static TARGET: LazyLock<&Target> = LazyLock::new(|| {
    let name = std::env::var("FUZZ_TARGET").unwrap_or_default();
    let found = TARGETS.iter().find(|target| target.name == name);
    let names = || TARGETS.iter().map(|target| target.name).collect::<Vec<_>>().join(", ");
    found.unwrap_or_else(|| panic!("set FUZZ_TARGET to one of: {}", names()))
});

libfuzzer_sys::fuzz_target!(init: {
    if let Ok(folder) = std::env::var("FUZZ_SEEDS") {
        for (number, seed) in TARGET.seeds.iter().enumerate() {
            std::fs::write(Path::new(&folder).join(format!("seed-{number}")), seed).expect("the folder can be written");
        }
        std::process::exit(0);
    }
}, |data: &[u8]| (TARGET.run)(data));
