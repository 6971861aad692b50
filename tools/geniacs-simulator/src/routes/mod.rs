//! The ways in.

mod admin;
mod checks;
mod gate;
mod partner;
mod push;
mod read;
mod send;

use actix_web::web::{PayloadConfig, ServiceConfig, route, scope};

/// The largest request; a push of 5,000 large records has some 20 MiB.
const LARGEST_BODY: usize = 64 * 1024 * 1024;

/// Puts the partner API under `/v1` and the admin API under `/admin`.
pub(crate) fn configure_routes(config: &mut ServiceConfig) {
    config
        .app_data(PayloadConfig::new(LARGEST_BODY))
        .service(scope("/admin").configure(admin::configure_admin))
        .default_service(route().to(partner::handle_call));
}
