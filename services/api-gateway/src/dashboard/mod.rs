//! The dashboard: static files from a folder, read once at the start and served beside the API.
//!
//! Everything below `/assets/` carries a hash in its name and may be kept for ever. `index.html` is made anew for each
//! answer, because it holds the nonce that lets the page's scripts add styles; it answers every path that is no file, so
//! that the pages of the dashboard can be opened by their addresses.

mod files;
mod page;
mod serve;

pub(crate) use files::Dashboard;
pub(crate) use serve::serve_dashboard;
