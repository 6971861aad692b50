//! Signatures as the partner checks and makes them: written for this side alone, so that a mistake on the other shows.

use chrono::Utc;
use ring::hmac;

/// How far a request's time may be off, in seconds.
const WINDOW: i64 = 300;

/// Checks a request. An error says why it is refused.
pub(crate) fn check_signature(
    secret: &str,
    timestamp: Option<&str>,
    signature: Option<&str>,
    method: &str,
    target: &str,
    body: &[u8],
) -> Result<(), String> {
    let timestamp = timestamp.ok_or("X-Geniacs-Timestamp is missing")?;
    let signature = signature.ok_or("X-Geniacs-Request-Signature is missing")?;
    let sent: i64 = timestamp.parse().map_err(|_| "X-Geniacs-Timestamp is not a number of seconds")?;

    let age = Utc::now().timestamp().saturating_sub(sent);
    if age.saturating_abs() > WINDOW {
        return Err(format!("X-Geniacs-Timestamp is {age} s old; at most {WINDOW} s are allowed either way"));
    }

    if signature.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Err("X-Geniacs-Request-Signature must be lower-case hex".to_owned());
    }

    let expected = hex::decode(signature).map_err(|_| "X-Geniacs-Request-Signature is not hex")?;

    let mut signed = format!("{timestamp}.{method}.{target}.").into_bytes();
    signed.extend_from_slice(body);

    hmac::verify(&signing_key(secret), &signed, &expected)
        .map_err(|_| "X-Geniacs-Request-Signature does not fit the request".to_owned())
}

/// The signature of a webhook: lower-case hex over the raw body.
pub(crate) fn of_webhook(secret: &str, body: &[u8]) -> String {
    hex::encode(hmac::sign(&signing_key(secret), body))
}

fn signing_key(secret: &str) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_with(timestamp: i64, signed: &str, signature: Option<String>) -> Result<(), String> {
        let signature = signature.unwrap_or_else(|| of_webhook("secret", signed.as_bytes()));
        check_signature("secret", Some(&timestamp.to_string()), Some(&signature), "GET", "/v1/health?a=b", b"")
    }

    #[test]
    fn a_right_signature_passes_and_anything_else_says_why() {
        let now = Utc::now().timestamp();
        let signed = format!("{now}.GET./v1/health?a=b.");
        assert_eq!(check_with(now, &signed, None), Ok(()));
        assert!(check_with(now, "something else", None).unwrap_err().contains("does not fit"));
        assert!(check_with(now - 301, &signed, None).unwrap_err().contains("s old"));
        assert!(check_with(now, &signed, Some("zz".into())).unwrap_err().contains("not hex"));
        assert!(check_with(now, &signed, Some("AB".into())).unwrap_err().contains("lower-case"));
        assert!(check_signature("secret", None, None, "GET", "/", b"").unwrap_err().contains("Timestamp is missing"));
    }

    /// `printf '{"a":1}' | openssl dgst -sha256 -hmac secret`
    #[test]
    fn a_webhook_is_signed_over_its_raw_body() {
        assert_eq!(
            of_webhook("secret", br#"{"a":1}"#),
            "aa9e2e3575f5d7098b6caccd790888c36d5fdb63342a73bada2d6a51747a8494"
        );
    }
}
