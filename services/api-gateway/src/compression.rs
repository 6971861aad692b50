//! Which answers are compressed.

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{ACCEPT_ENCODING, HeaderValue};
use actix_web::middleware::Next;

/// Each event has to leave at once, and a compressor would gather them.
const STREAM: &str = "/api/geniacs/events/stream";

/// Lets the compressor, which stands behind this, see gzip or nothing. It would refuse by itself, and in its own words, a
/// client that accepts neither of its encodings.
pub(crate) async fn gzip_or_plain(
    mut request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let takes_gzip = request.path() != STREAM && request.headers().get(ACCEPT_ENCODING).is_some_and(names_gzip);
    if takes_gzip {
        request.headers_mut().insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
    } else {
        request.headers_mut().remove(ACCEPT_ENCODING);
    }

    next.call(request).await
}

/// Whether gzip is named, and not with the weight 0.
fn names_gzip(header: &HeaderValue) -> bool {
    let Ok(text) = header.to_str() else { return false };
    text.split(',').any(|part| {
        let (name, parameters) = part.split_once(';').unwrap_or((part, ""));
        let weight = parameters.trim().strip_prefix("q=").and_then(|weight| weight.parse::<f32>().ok());
        name.trim().eq_ignore_ascii_case("gzip") && weight.is_none_or(|weight| weight > 0.0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_is_taken_where_it_is_named_with_a_weight() {
        let named = |text| names_gzip(&HeaderValue::from_static(text));
        for text in ["gzip", "br, GZIP", "br;q=1.0, gzip;q=0.8, *;q=0.1", "gzip; q=0.5"] {
            assert!(named(text), "{text}");
        }

        for text in ["", "br", "gzip;q=0", "gzip;q=0.0", "identity, *;q=0"] {
            assert!(!named(text), "{text}");
        }
    }
}
