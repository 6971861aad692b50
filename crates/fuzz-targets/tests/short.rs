//! Every target for a moment, and with each input that ever broke one.

#![expect(clippy::unwrap_used, reason = "a test's own functions may unwrap like the test")]

use fuzz_targets::{Mutator, TARGETS, Target};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::{Duration, Instant};

/// Enough to meet the commonest mistakes; the rest is for `make fuzz`.
const INPUTS: usize = 20_000;
/// A slow machine tries fewer.
const AT_MOST: Duration = Duration::from_secs(3);

fn run(target: &Target, input: &[u8]) {
    let outcome = catch_unwind(AssertUnwindSafe(|| (target.run)(input)));
    assert!(outcome.is_ok(), "{} broke with this input: {:?}", target.name, String::from_utf8_lossy(input));
}

fn of(name: &str) -> &'static Target {
    TARGETS.iter().find(|target| target.name == name).unwrap()
}

fn for_a_moment(name: &str) {
    let target = of(name);
    let began = Instant::now();
    let mut mutator = Mutator::new(1, target.seeds.iter().map(|seed| seed.as_bytes().to_vec()));

    for seed in target.seeds {
        run(target, seed.as_bytes());
    }

    for _ in 0..INPUTS {
        run(target, &mutator.input());
        if began.elapsed() > AT_MOST {
            break;
        }
    }
}

#[test]
fn any_json_that_the_guard_lets_through_can_be_stored() {
    for_a_moment("json");
}

#[test]
fn any_webhook_is_refused_or_can_be_stored() {
    for_a_moment("webhook");
}

#[test]
fn any_text_is_a_signature_by_its_form_or_none() {
    for_a_moment("signature");
}

#[test]
fn any_cursor_is_refused_or_written_alike() {
    for_a_moment("cursor");
}

#[test]
fn any_cron_expression_is_refused_or_ticks() {
    for_a_moment("cron");
}

#[test]
fn any_mapping_rule_is_refused_or_maps_any_record() {
    for_a_moment("mapping");
}

#[test]
fn any_answer_of_a_partner_is_malformed_or_can_be_used() {
    for name in ["partner_page", "partner_push", "partner_health"] {
        for_a_moment(name);
    }
}

#[test]
fn inputs_that_broke_something_once_do_so_no_more() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("inputs");
    for target in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap()).filter(|entry| entry.path().is_dir()) {
        for input in std::fs::read_dir(target.path()).unwrap() {
            run(of(target.file_name().to_str().unwrap()), &std::fs::read(input.unwrap().path()).unwrap());
        }
    }
}
