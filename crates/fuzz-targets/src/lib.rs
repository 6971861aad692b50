//! What strangers send, and what must hold for any of it: request bodies, webhooks, signatures, cursors, cron expressions,
//! mapping rules, a partner's answers.
//!
//! A [`Target`] reads bytes as one of these, and panics where a law is broken. `make test` runs each for a moment with
//! [`Mutator`], and with every input that ever broke one (`inputs/<target>/`). `make fuzz` runs them under libFuzzer for as
//! long as it is told (`fuzz/`).
//!
//! To add one: a function in the module of its kind, and a line in [`TARGETS`].

mod json;
mod mutate;
mod partner;
mod rules;
mod texts;

pub use mutate::Mutator;

/// Something that is read from outside.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// Its name, also of the folder of its inputs.
    pub name: &'static str,
    /// Reads the bytes; panics where a law is broken.
    pub run: fn(&[u8]),
    /// What it is usually given.
    pub seeds: &'static [&'static str],
}

/// All of them.
pub const TARGETS: &[Target] = &[
    Target { name: "json", run: json::guard, seeds: json::SEEDS },
    Target { name: "webhook", run: json::webhook, seeds: json::WEBHOOKS },
    Target { name: "signature", run: texts::signature, seeds: texts::SIGNATURES },
    Target { name: "cursor", run: texts::cursor, seeds: texts::CURSORS },
    Target { name: "cron", run: texts::cron, seeds: texts::CRONS },
    Target { name: "mapping", run: rules::mapping, seeds: rules::SEEDS },
    Target { name: "partner_page", run: partner::page, seeds: partner::PAGES },
    Target { name: "partner_push", run: partner::push, seeds: partner::PUSHES },
    Target { name: "partner_health", run: partner::health, seeds: partner::HEALTHS },
];
