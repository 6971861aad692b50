//! How long the partner asks to be left alone.

use chrono::{DateTime, NaiveDateTime, Utc};
use reqwest::StatusCode;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use std::time::Duration;

/// What a 429 without a usable `Retry-After` asks for.
const DEFAULT_PAUSE: Duration = Duration::from_secs(30);
/// No partner can ask for more.
const LONGEST_PAUSE: Duration = Duration::from_hours(1);

/// How long the partner asks to be left alone, whatever it answered: by a 429, by a `Retry-After` of a 503, or because
/// this was the last request of a window.
pub(crate) fn asked_for(status: StatusCode, headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    let told = match status {
        StatusCode::TOO_MANY_REQUESTS => Some(after_throttling(headers, now)),
        status if status.is_server_error() => retry_after(headers, now),
        _ => None,
    };
    told.max(after_last_request(headers, now)).filter(|pause| !pause.is_zero())
}

/// The pause that a 429 asks for; without a usable `Retry-After` until its window ends, as far as that is told.
pub(crate) fn after_throttling(headers: &HeaderMap, now: DateTime<Utc>) -> Duration {
    retry_after(headers, now).or_else(|| after_last_request(headers, now)).unwrap_or(DEFAULT_PAUSE)
}

/// `Retry-After` in seconds or as an HTTP date, none if it is missing or rubbish.
pub(crate) fn retry_after(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if is_digits(value) {
        // Only a number too large for 64 bits fails here.
        let seconds = value.parse().unwrap_or(u64::MAX);
        return Some(Duration::from_secs(seconds).min(LONGEST_PAUSE));
    }
    http_date(value).map(|until| from_now(until, now))
}

/// The pause after an answer that used up the last request: `X-RateLimit-Remaining` is 0 and `X-RateLimit-Reset` says
/// until when, as Unix seconds, as seconds from now, or as a date.
fn after_last_request(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    if text("x-ratelimit-remaining")?.parse::<i64>().ok()? > 0 {
        return None;
    }
    let reset = text("x-ratelimit-reset")?;
    if is_digits(reset) {
        return Some(from_number(reset.parse().unwrap_or(u64::MAX), now));
    }
    let until = DateTime::parse_from_rfc3339(reset).map(|until| until.to_utc()).ok().or_else(|| http_date(reset))?;
    Some(from_now(until, now))
}

/// Numbers from the year 2001 on are moments, smaller ones are seconds to wait.
fn from_number(number: u64, now: DateTime<Utc>) -> Duration {
    if number < 1_000_000_000 {
        return Duration::from_secs(number).min(LONGEST_PAUSE);
    }
    let until = i64::try_from(number).ok().and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    until.map_or(LONGEST_PAUSE, |until| from_now(until, now))
}

fn from_now(until: DateTime<Utc>, now: DateTime<Utc>) -> Duration {
    (until - now).to_std().unwrap_or(Duration::ZERO).min(LONGEST_PAUSE)
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The three forms of RFC 9110: the current one, RFC 850's and asctime's.
fn http_date(text: &str) -> Option<DateTime<Utc>> {
    if let Ok(date) = DateTime::parse_from_rfc2822(text) {
        return Some(date.to_utc());
    }
    ["%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"]
        .iter()
        .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())
        .map(|date| date.and_utc())
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::{HeaderName, HeaderValue};

    fn now() -> DateTime<Utc> {
        "1994-11-06T08:48:37Z".parse().unwrap()
    }

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(k, v)| (HeaderName::from_static(k), HeaderValue::from_static(v))).collect()
    }

    #[test]
    fn retry_after_is_seconds_or_a_date_capped_and_with_a_default() {
        let cases = [
            ("120", 120),
            ("0", 0),
            ("1000000000", 3600),
            ("99999999999999999999999", 3600),
            ("Sun, 06 Nov 1994 08:49:37 GMT", 60),
            ("Sunday, 06-Nov-94 08:49:37 GMT", 60),
            ("Sun Nov  6 08:49:37 1994", 60),
            ("Sun, 06 Nov 1994 08:00:00 GMT", 0),
            ("Sat, 06 Nov 2094 08:00:00 GMT", 3600),
            ("soon", 30),
            ("-5", 30),
            ("1.5", 30),
            ("", 30),
        ];
        for (value, seconds) in cases {
            let pause = after_throttling(&headers(&[("retry-after", value)]), now());
            assert_eq!(pause, Duration::from_secs(seconds), "{value}");
        }
        assert_eq!(after_throttling(&HeaderMap::new(), now()), DEFAULT_PAUSE);
    }

    #[test]
    fn the_last_request_of_a_window_tells_how_long_to_wait() {
        let later = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        assert_eq!(from_number(1_700_000_090, later), Duration::from_secs(90));
        assert_eq!(from_number(1_600_000_000, later), Duration::ZERO);
        assert_eq!(from_number(u64::MAX, later), LONGEST_PAUSE);
        let pause = |remaining, reset| {
            after_last_request(&headers(&[("x-ratelimit-remaining", remaining), ("x-ratelimit-reset", reset)]), now())
        };
        assert_eq!(pause("0", "15"), Some(Duration::from_secs(15)));
        assert_eq!(pause("0", "1994-11-06T08:49:07Z"), Some(Duration::from_secs(30)));
        assert_eq!(pause("1", "15"), None);
        assert_eq!(pause("0", "later"), None);
        assert_eq!(after_last_request(&HeaderMap::new(), now()), None);
    }
}
