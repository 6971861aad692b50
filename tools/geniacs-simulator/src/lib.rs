//! A partner to talk to: the Geniacs partner API, version 1, for all six entities, in memory, with signed webhooks and
//! with faults on demand.
//!
//! Started from Rust with [`Simulator::start`], or as a program (`geniacs-simulator --help`). The partner API lies
//! under `/v1`. The admin API lies under `/admin`, asks for no key, and speaks JSON:
//!
//! | call | effect |
//! |---|---|
//! | `POST /admin/faults` | sets the given [`Faults`] and leaves the others; `null` takes one back; answers with all of them |
//! | `GET`, `DELETE /admin/faults` | shows them; takes all back |
//! | `POST /admin/scenario {name}` | takes all faults back and sets those of a [`Scenario`], or of several (`slow,shuffled`) |
//! | `GET /admin/scenarios` | `{scenarios}`: name, description, faults, whether it is active |
//! | `POST /admin/seed {entity, count, seed}` | makes records that only the partner knows; `{created, first_id, last_id}` |
//! | `POST /admin/seed/all {customers, seed}` | makes records of all six entities that refer to each other, in the proportions of a provider of so many customers; `{created}` |
//! | `POST /admin/touch {entity, count, seed}` | changes a field of that many records; `{touched, ids}` |
//! | `GET /admin/records/{entity}?after=&limit=` | all records in the order of their ids; `{records, next_after}` |
//! | `GET /admin/count/{entity}` | `{count, live, deleted, linked}` |
//! | `GET /admin/references/{entity}` | per field that names other records: `{found, dangling, empty}` |
//! | `PUT /admin/records/{entity}/{id}` | sets the given fields, as the partner; answers with the record |
//! | `DELETE /admin/records/{entity}/{id}` | deletes it, as the partner |
//! | `POST /admin/webhooks` | changes records and sends webhooks about it, see [`WebhookRun`]; answers with a [`Report`] |
//! | `POST /admin/webhooks/raw {url, secret, body, signature}` | sends one body as it is; `{status, body, milliseconds}` |
//! | `GET /admin/stats` | a [`Snapshot`] of what came and what was answered |
//! | `POST /admin/reset` | forgets records, counts and kept answers; the faults are those of the start again |
//!
//! A seed makes the same records, changes and faults every time; `updated_at` and event ids are always new, and days
//! are counted back from the first of the current month. Seeded records refer to the partner's own records if it has
//! any, else to pushed ones: seed in the order of dependence (NAS servers, customers, subscriptions, invoices, payments,
//! monitoring data). Their natural keys begin with `GX-`.
//!
//! It checks and makes signatures with its own code, so that a mistake in the client shows here.

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
pub use faults::{FailNext, Faults, InvalidFaults, Lie, Outage, RateLimit, RejectRule, Versions, WebhookFaults};
pub use scenarios::{Scenario, UnknownScenario};
pub use server::{Running, Simulator, StartError};
pub use stats::{Snapshot, WindowPeak};
pub use webhooks::{EventAction, EventForm, Report, WebhookRun};
