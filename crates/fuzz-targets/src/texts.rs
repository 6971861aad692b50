//! Short texts: signatures, cursors, cron expressions.

use chrono::DateTime;
use chrono_tz::Tz;
use domain::schedule::CronExpression;
use secrets::{PresentedSignature, sign_hex};
use storage::listing::Cursor;

pub(crate) const SIGNATURES: &[&str] = &[
    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    "sha256=5BDCC146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    "sha256=",
];
pub(crate) const CURSORS: &[&str] = &["1767225600000000-17", "0-0", "-1-1", "8210266876799999999-9223372036854775807"];
pub(crate) const CRONS: &[&str] = &[
    "*/5 * * * *",
    "0 */2 * * *",
    "0 0 29 2 *",
    "15,45 8-18/2 1-7 JAN-JUN MON#1",
    "0 0 L * *",
    "@daily",
    "30 0 2 * * 7",
    "0 0 31 2 FRI",
];

const SECRET: &[u8] = b"whsec_fuzz";

/// A header that is no signature fits nothing; one that is fits its own body alone.
pub(crate) fn signature(bytes: &[u8]) {
    if let Some(presented) = std::str::from_utf8(bytes).ok().and_then(PresentedSignature::read) {
        assert!(!presented.fits(SECRET, b"a body that nobody signed"));
    }
    let own = PresentedSignature::read(&sign_hex(SECRET, &[bytes]));
    assert!(own.is_some_and(|own| own.fits(SECRET, bytes) && !own.fits(b"another", bytes)));
}

/// A cursor that is taken is the one that its place is written as.
pub(crate) fn cursor(bytes: &[u8]) {
    let Some(cursor) = std::str::from_utf8(bytes).ok().and_then(|text| text.parse::<Cursor>().ok()) else { return };
    assert_eq!(cursor.to_string().parse::<Cursor>(), Ok(cursor));
}

/// An expression that is taken ticks after the moment that it is asked for, or says why it never does.
pub(crate) fn cron(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let moment = DateTime::UNIX_EPOCH + chrono::Duration::days(20_000);

    for parse in [CronExpression::parse, CronExpression::parse_with_seconds] {
        let Ok(cron) = parse(text) else { continue };
        assert!(!cron.in_words().is_empty());

        for zone in [Tz::UTC, Tz::Europe__Berlin, Tz::Australia__Lord_Howe] {
            let Ok(next) = cron.next_after(moment, zone) else { continue };
            assert!(next > moment, "the next tick lies ahead");

            if let Ok(ticks) = cron.upcoming(moment, zone, 3) {
                assert_eq!(ticks.first(), Some(&next));
            }
        }
    }
}
