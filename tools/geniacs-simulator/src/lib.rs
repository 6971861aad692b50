#![doc = include_str!("../README.md")]

mod answer;
mod app;
mod config;
mod connection;
mod faults;
mod limit;
mod random;
mod routes;
mod scenarios;
mod seed;
mod server;
mod signature;
mod stats;
mod store;
mod webhooks;

pub use config::Config;
pub use faults::{
    FailNext, Faults, InvalidFaults, Lie, ListBy, Outage, Precision, RateLimit, RejectRule, Versions, WebhookFaults,
};
pub use scenarios::{Scenario, UnknownScenario};
pub use server::{Running, Simulator, StartError};
pub use stats::{Snapshot, WindowPeak};
pub use webhooks::{DeliveryReport, EventAction, EventForm, WebhookRun};
