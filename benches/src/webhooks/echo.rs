//! An HTTP server that does nothing but check signatures, with as many threads as the ingest has.

use super::sender::Address;
use actix_web::web::{self, Bytes, Data};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};

/// A running one; it ends with the process.
pub(super) struct Echo {
    pub(super) address: Address,
}

impl Echo {
    pub(super) fn start(like: &Address) -> anyhow::Result<Self> {
        let secret = like.secret.clone();
        let server = HttpServer::new(move || {
            App::new().app_data(Data::new(secret.clone())).default_service(web::post().to(check))
        })
        .workers(std::thread::available_parallelism().map_or(1, usize::from))
        .disable_signals()
        .bind(("127.0.0.1", 0))?;
        let host = server.addrs().first().map(ToString::to_string).unwrap_or_default();
        tokio::spawn(server.run());
        Ok(Self { address: Address { host, ..like.clone() } })
    }
}

async fn check(request: HttpRequest, body: Bytes, secret: Data<String>) -> HttpResponse {
    let signature = request.headers().get("x-geniacs-signature").and_then(|value| value.to_str().ok());
    if secrets::verify_hex(secret.as_bytes(), &body, signature.unwrap_or_default()) {
        HttpResponse::Ok().content_type("application/json").body(r#"{"success":true}"#)
    } else {
        HttpResponse::BadRequest().finish()
    }
}
