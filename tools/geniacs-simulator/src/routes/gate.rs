//! Checks the credentials and the signature of a request.

use crate::answer::Answer;
use crate::app::App;
use crate::faults::Faults;
use crate::signature;
use actix_web::HttpRequest;

/// Checks key and signature; an error is the 401.
pub(crate) fn check_request(app: &App, request: &HttpRequest, body: &[u8], faults: &Faults) -> Result<(), Answer> {
    let refused = |reason: &str| Answer::error(401, "authentication_error", reason);
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    match header("authorization").and_then(|value| value.strip_prefix("Bearer ")) {
        None => return Err(refused("the Authorization header must be: Bearer <api_key>")),
        Some(key) if !same_text(key, &app.config.api_key) => return Err(refused("the API key is wrong")),
        Some(_) => {}
    }
    if !app.config.check_signatures || faults.ignore_signature {
        return Ok(());
    }
    let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
    signature::check_signature(
        &app.config.api_secret,
        header("x-geniacs-timestamp"),
        header("x-geniacs-request-signature"),
        request.method().as_str(),
        target,
        body,
    )
    .map_err(|reason| refused(&reason))
}

/// Compares in the same time wherever the difference is.
fn same_text(one: &str, other: &str) -> bool {
    let differences = one.bytes().zip(other.bytes()).fold(0, |all, (a, b)| all | (a ^ b));
    one.len() == other.len() && differences == 0
}
