//! Addresses that an integration may name.

use crate::input::rule;
use domain::Reason;
use geniacs::Guard;
use serde_json::{Value, json};
use url::{Origin, Url};

/// The column's width.
const MAX_LENGTH: usize = 500;

/// What documents say of an address.
pub(in crate::routes) fn schema() -> Value {
    json!({"type": "string", "maxLength": MAX_LENGTH})
}

/// A rule for the partner's address: one that the guard lets through, nothing but host and path, no trailing slash.
/// What its name stands for is looked at when it is called.
pub(super) fn endpoint_url(guard: &Guard) -> impl Fn(&Value) -> Result<String, Reason> {
    move |value| {
        let (text, url) = address(value)?;
        if !matches!(url.scheme(), "https" | "http") {
            return Err(not_http(guard));
        }
        guard.check(&url).map_err(|refusal| Reason::new("address_refused", refusal.to_string()))?;
        if url.query().is_some() || url.fragment().is_some() {
            return Err(Reason::new("url_query", "must not hold a query or a fragment"));
        }
        Ok(text.trim_end_matches('/').to_owned())
    }
}

/// A rule for an address that notices go to: one that the guard lets through.
pub(in crate::routes) fn hook_url(guard: &Guard) -> impl Fn(&Value) -> Result<String, Reason> {
    move |value| {
        let (text, url) = address(value)?;
        if !matches!(url.scheme(), "https" | "http") {
            return Err(not_http(guard));
        }
        guard.check(&url).map_err(|refusal| Reason::new("address_refused", refusal.to_string()))?;
        if url.fragment().is_some() {
            return Err(Reason::new("url_fragment", "must not hold a fragment"));
        }
        Ok(text)
    }
}

fn not_http(guard: &Guard) -> Reason {
    let or_http = if guard.allows_http() { " or http://" } else { "" };
    Reason::new("url_scheme", format!("must begin with https://{or_http}"))
}

/// Whether two addresses have the same scheme, host and port. One that is no address has nothing in common with any.
pub(super) fn same_origin(one: &str, other: &str) -> bool {
    let origin = |text: &str| Some(Url::parse(text.trim()).ok()?.origin()).filter(Origin::is_tuple);
    origin(one).is_some_and(|known| origin(other) == Some(known))
}

/// A rule for an address that is only shown.
pub(super) fn shown_url(value: &Value) -> Result<String, Reason> {
    let (text, url) = address(value)?;
    if matches!(url.scheme(), "http" | "https") {
        Ok(text)
    } else {
        Err(Reason::new("url_scheme", "must begin with https:// or http://"))
    }
}

fn address(value: &Value) -> Result<(String, Url), Reason> {
    let text = rule::text(1, MAX_LENGTH)(value)?;
    let url = Url::parse(&text).ok().filter(Url::has_host);
    // The parser forgives more than a reader would: blanks, backslashes, any number of slashes.
    let plain = text.split_once("://").is_some_and(|(_, rest)| !rest.starts_with('/') && !rest.contains('\\'));
    let url = url.filter(|_| plain && !text.chars().any(|c| c.is_whitespace() || c.is_control()));
    let url = url.ok_or_else(|| Reason::new("not_a_url", "must be an address like https://api.example.com/v1"))?;
    Ok((text, url))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, allow_http: bool) -> Result<String, Reason> {
        let loopback = "127.0.0.0/8".parse().unwrap();
        let guard = if allow_http { Guard::new(true, &[loopback]) } else { Guard::default() };
        endpoint_url(&guard)(&Value::String(text.to_owned()))
    }

    #[test]
    fn a_plain_https_address_is_kept_without_its_trailing_slash() {
        assert_eq!(check(" https://api.geniacs.com/v1/ ", false).unwrap(), "https://api.geniacs.com/v1");
        assert_eq!(check("http://127.0.0.1:8090/v1", true).unwrap(), "http://127.0.0.1:8090/v1");
    }

    #[test]
    fn scheme_host_and_port_make_an_origin_and_their_spelling_does_not() {
        let stored = "https://api.geniacs.com/v1";
        for same in ["https://API.geniacs.com:443/v2/", " https://api.geniacs.com"] {
            assert!(same_origin(same, stored), "{same}");
        }

        for other in [
            "http://api.geniacs.com/v1",
            "https://api.geniacs.com:8443/v1",
            "https://api.geniacs.com.evil.example/v1",
            "https://api.geniacs.com@evil.example/v1",
            "https://evil.example#api.geniacs.com",
            "data:https://api.geniacs.com",
            "api.geniacs.com",
            "",
        ] {
            assert!(!same_origin(other, stored), "{other}");
        }
    }

    #[test]
    fn anything_that_could_lead_elsewhere_is_refused() {
        for text in [
            "http://api.geniacs.com/v1",
            "ftp://api.geniacs.com",
            "https://user:password@api.geniacs.com",
            "https://api.geniacs.com/v1?key=1",
            "https://api.geniacs.com/v1#a",
            "https://localhost/v1",
            "https://127.0.0.1/v1",
            "https://2130706433/v1",
            "https://[::1]/v1",
            "https://[::ffff:127.0.0.1]/v1",
            "https://169.254.169.254/latest",
            "https://0.0.0.0",
            "https:///v1",
            "https:api.geniacs.com",
            "https://api.geniacs.com\\@evil.example",
            "https://api.geniacs.com/a b",
            "api.geniacs.com",
            "",
        ] {
            assert!(check(text, false).is_err(), "{text}");
        }
    }
}
