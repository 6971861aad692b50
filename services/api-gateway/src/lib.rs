//! REST and access: what the dashboard, the command line and other programs talk to.
//!
//! A request passes [`request_id`], then the guard of [`access`], and reaches a handler of [`routes`], named
//! `routes/<aggregate>/<verb>.rs`. A handler reads its input with [`input`], does its work in one transaction of
//! [`database`], and answers with [`answer`] or an [`error`]; it decides nothing about access.
//!
//! To add an endpoint: its handler (`edit_user`), beside it its description (`describe_edit_user`) for [`openapi`], and a
//! line in the table of [`routes`] with its path, its role and these two.

mod access;
mod answer;
mod audit;
mod compression;
mod csv;
mod dashboard;
mod database;
mod error;
mod input;
mod live;
mod openapi;
mod operations;
mod request_id;
mod routes;
mod start;
mod state;
mod trace;
mod wake;

#[doc(hidden)]
pub use routes::{ListedRoute, listed_routes};
pub use start::{DEFAULT_PORT, Gateway, run, start};
