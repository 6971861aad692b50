//! How long the partner asks to be left alone.

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use reqwest::StatusCode;
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};
use std::time::Duration;

/// The pause after a 429 without a usable `Retry-After`.
const DEFAULT_PAUSE: Duration = Duration::from_secs(30);
/// No partner can ask for more.
const LONGEST_PAUSE: Duration = Duration::from_hours(1);

/// How long the partner asks to be left alone, whatever it answered: by a 429, by a `Retry-After` of a 503, or because
/// this was the last request of a window. `now` is the partner's clock: its dates are meant by that.
pub(crate) fn asked_for(status: StatusCode, headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    let told = match status {
        StatusCode::TOO_MANY_REQUESTS => Some(after_throttling(headers, now)),
        status if status.is_server_error() => retry_after(headers, now),
        _ => None,
    };
    // A partner may say both; the longer pause holds.
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
    let until = window_end(text("x-ratelimit-reset")?, now)?;
    Some(from_now(until, now))
}

/// When a window ends: in seconds or milliseconds since 1970, in seconds from now, or as a date. None where it is none of
/// that. A time beyond the calendar is far ahead.
pub(crate) fn window_end(text: &str, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));

    if is_digits(whole) && is_digits(fraction) {
        let number = whole.parse().unwrap_or(i64::MAX);

        let told = match number {
            // Numbers from the year 2001 on are moments, smaller ones are seconds to wait.
            ..1_000_000_000 => now.checked_add_signed(TimeDelta::seconds(number)),
            1_000_000_000..100_000_000_000 => DateTime::from_timestamp(number, 0),
            _ => DateTime::from_timestamp_millis(number),
        };
        // A date that no calendar holds means "very far ahead", not "unknown".
        return Some(told.unwrap_or(DateTime::<Utc>::MAX_UTC));
    }

    DateTime::parse_from_rfc3339(text).map(|until| until.to_utc()).ok().or_else(|| http_date(text))
}

/// The partner's clock, by the `Date` of its answer.
pub(crate) fn answer_date(headers: &HeaderMap) -> Option<DateTime<Utc>> {
    http_date(headers.get(DATE)?.to_str().ok()?.trim())
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
        for (reset, seconds) in [
            ("1700000090", 90),
            ("1700000090.5", 90),
            ("1700000090000", 90),
            ("1700000090000.25", 90),
            ("1600000000", 0),
            ("1600000000000", 0),
            ("2023-11-14T22:14:50Z", 90),
            ("90", 90),
            ("90.0", 90),
            ("99999999999999999999", 3600),
            ("9223372036854775807", 3600),
            ("90000", 3600),
        ] {
            let headers = headers(&[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", reset)]);
            assert_eq!(after_last_request(&headers, later), Some(Duration::from_secs(seconds)), "{reset}");
        }

        for rubbish in ["-5", "1e9", "", ".", "5.", "soon"] {
            assert_eq!(window_end(rubbish, later), None, "{rubbish}");
        }

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
