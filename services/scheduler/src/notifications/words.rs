//! A notice in words. It holds names of integrations and rules, counts and times: no record, no value, no secret.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use domain::notification::{Cause, Language, Tells};
use storage::notifications::deliveries::Due;
use storage::notifications::evaluate::MOST_THINGS;
use url::Url;

/// A notice in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Words {
    /// One line.
    pub(super) subject: String,
    /// The whole.
    pub(super) text: String,
    /// The dashboard's page about it.
    pub(super) link: Option<Url>,
}

/// A notice in the words of its rule's language, with times by the service's clock.
pub(super) fn notice_words(due: &Due, dashboard: Option<&Url>, zone: Tz) -> Words {
    let english = due.language.parse() == Ok(Language::English);
    let pick = |indonesian: &str, in_english: &str| if english { in_english } else { indonesian }.to_owned();
    let tells = due.tells.parse().unwrap_or(Tells::Test);
    let cause: Option<Cause> = due.notice.cause.parse().ok();

    let headline = headline_of(due, cause, &pick);
    let subject = match tells {
        Tells::End => format!("{}: {headline}", pick("Selesai", "Over")),
        Tells::Begin | Tells::Test => headline,
    };

    let mut lines = vec![format!("{subject}.")];
    lines.extend(cause.and_then(|cause| detail_of(due, cause, &pick)));
    let moment = |at: DateTime<Utc>| format!("{} ({zone})", at.with_timezone(&zone).format("%Y-%m-%d %H:%M"));
    if tells != Tells::Test {
        lines.push(format!("{} {}.", pick("Sejak", "Since"), moment(due.notice.began_at)));
    }
    if let (Tells::End, Some(ended)) = (tells, due.notice.over_at) {
        lines.push(format!("{} {}.", pick("Selesai pada", "Over as of"), moment(ended)));
    }

    let link = dashboard.and_then(|dashboard| page_of(due, cause, dashboard));
    let mut paragraphs = vec![lines.join("\n")];
    paragraphs.extend(link.as_ref().map(ToString::to_string));
    paragraphs.push(format!("{}: {}", pick("Aturan pemberitahuan", "Notification rule"), plain_name(&due.rule_name)));
    Words { subject, text: paragraphs.join("\n\n") + "\n", link }
}

fn headline_of(due: &Due, cause: Option<Cause>, pick: &impl Fn(&str, &str) -> String) -> String {
    let name = plain_name(due.notice.integration_name.as_deref().unwrap_or_default());
    match cause {
        Some(Cause::IntegrationPaused) => format!("{name} {}", pick("dijeda", "is paused")),
        Some(Cause::SyncFailed) => {
            let entity = entity_name(due.notice.entity_type.as_deref().unwrap_or_default(), pick);
            format!("{name}: {}", pick("sinkronisasi {} gagal", "a sync of {} failed").replace("{}", &entity))
        }
        Some(Cause::EventsSetAside) => {
            format!("{name}: {}", pick("peristiwa webhook disisihkan", "webhook events were set aside"))
        }
        Some(Cause::ConflictsWaiting) => {
            format!("{name}: {}", pick("konflik menunggu keputusan", "conflicts wait for a decision"))
        }
        Some(Cause::NotInStep) => {
            let time = duration_words(due.not_in_step_seconds, pick);
            format!(
                "{name}: {}",
                pick("tidak ada yang selaras selama {}", "nothing was in step for {}").replace("{}", &time)
            )
        }
        None => format!("{}: {}", pick("Uji coba pemberitahuan", "Test of a notification"), plain_name(&due.rule_name)),
    }
}

fn detail_of(due: &Due, cause: Cause, pick: &impl Fn(&str, &str) -> String) -> Option<String> {
    match cause {
        Cause::IntegrationPaused => {
            let why = match due.notice.reason.as_deref() {
                Some("credentials_refused") => pick("kredensialnya ditolak", "its credentials were refused"),
                Some("breaker_open") => pick(
                    "mitra gagal menjawab beberapa kali berturut-turut",
                    "the partner failed several times in a row",
                ),
                _ => pick("mitra meminta jeda", "the partner asked for a pause"),
            };
            Some(format!("{}: {why}.", pick("Alasan", "Reason")))
        }
        Cause::SyncFailed => {
            let direction = match due.notice.sync_direction.as_deref() {
                Some("to_geniacs") => pick("ke Geniacs", "to Geniacs"),
                Some("from_geniacs") => pick("dari Geniacs", "from Geniacs"),
                _ => pick("dua arah", "both ways"),
            };
            let why = due.notice.reason.as_deref().map(|code| format!(" ({code})")).unwrap_or_default();
            Some(format!("{}: {direction}{why}.", pick("Arah", "Direction")))
        }
        Cause::EventsSetAside | Cause::ConflictsWaiting => {
            let count = due.notice.things?;
            let count = if i64::from(count) > MOST_THINGS {
                pick("lebih dari 1000", "more than 1000")
            } else {
                count.to_string()
            };
            Some(format!("{}: {count}.", pick("Jumlah saat itu", "How many then")))
        }
        Cause::NotInStep => None,
    }
}

/// The page of the dashboard that shows it.
fn page_of(due: &Due, cause: Option<Cause>, dashboard: &Url) -> Option<Url> {
    let path = match cause {
        Some(Cause::IntegrationPaused) => "integrations",
        Some(Cause::SyncFailed) => "syncs",
        Some(Cause::EventsSetAside) => "webhooks",
        Some(Cause::ConflictsWaiting) => "conflicts",
        Some(Cause::NotInStep) => "sync-status",
        None => "notifications",
    };
    let mut url = dashboard.join(path).ok()?;
    if let (Some(_), Some(id)) = (cause, due.notice.integration_id) {
        url.query_pairs_mut().append_pair("integration", &id.to_string());
    }
    match cause {
        Some(Cause::SyncFailed) => _ = url.query_pairs_mut().append_pair("status", "failed"),
        Some(Cause::EventsSetAside) => _ = url.query_pairs_mut().append_pair("state", "set_aside"),
        _ => {}
    }
    Some(url)
}

fn entity_name(name: &str, pick: &impl Fn(&str, &str) -> String) -> String {
    match name {
        "customers" => pick("pelanggan", "customers"),
        "subscriptions" => pick("langganan", "subscriptions"),
        "payments" => pick("pembayaran", "payments"),
        "invoices" => pick("tagihan", "invoices"),
        "monitoring_data" => pick("data pemantauan", "monitoring data"),
        "nas_servers" => pick("server NAS", "NAS servers"),
        other => other.to_owned(),
    }
}

/// Whole hours where that is exact, else minutes.
fn duration_words(seconds: i32, pick: &impl Fn(&str, &str) -> String) -> String {
    if seconds % 3_600 == 0 {
        format!("{} {}", seconds / 3_600, pick("jam", "h"))
    } else {
        format!("{} {}", seconds / 60, pick("menit", "min"))
    }
}

/// A name as part of one line.
fn plain_name(name: &str) -> String {
    name.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use storage::notifications::Notice;

    fn due(cause: &str, tells: &str, language: &str) -> Due {
        let at = |seconds: i64| DateTime::from_timestamp(1_700_000_000 + seconds, 0).unwrap();
        Due {
            id: 7,
            attempts: 1,
            tells: tells.to_owned(),
            address: None,
            rule_id: 1,
            rule_name: "On call".to_owned(),
            language: language.to_owned(),
            url: None,
            signing_secret: None,
            not_in_step_seconds: 86_400,
            notice: Notice {
                cause: cause.to_owned(),
                integration_id: Some(3),
                integration_name: Some("Geniacs\r\nBcc: x".to_owned()),
                entity_type: Some("customers".to_owned()),
                sync_direction: Some("to_geniacs".to_owned()),
                things: Some(5),
                reason: None,
                began_at: at(0),
                over_at: (tells == "end").then(|| at(600)),
            },
        }
    }

    fn words(cause: &str, tells: &str, language: &str) -> Words {
        let dashboard = Url::parse("https://geniacs.example.com").unwrap();
        notice_words(&due(cause, tells, language), Some(&dashboard), Tz::Asia__Jakarta)
    }

    #[test]
    fn a_notice_tells_its_cause_time_and_page_in_its_language() {
        let english = words("sync_failed", "end", "en");
        assert_eq!(english.subject, "Over: Geniacs  Bcc: x: a sync of customers failed");
        assert_eq!(
            english.text,
            "Over: Geniacs  Bcc: x: a sync of customers failed.\nDirection: to Geniacs.\n\
             Since 2023-11-15 05:13 (Asia/Jakarta).\nOver as of 2023-11-15 05:23 (Asia/Jakarta).\n\n\
             https://geniacs.example.com/syncs?integration=3&status=failed\n\nNotification rule: On call\n"
        );

        let indonesian = words("conflicts_waiting", "begin", "id");
        assert_eq!(indonesian.subject, "Geniacs  Bcc: x: konflik menunggu keputusan");
        assert!(indonesian.text.contains("Jumlah saat itu: 5.\nSejak 2023-11-15 05:13"), "{}", indonesian.text);
    }

    #[test]
    fn every_cause_has_a_line_of_its_own_in_both_languages() {
        let mut subjects: Vec<String> = Vec::new();
        for language in Language::ALL {
            let causes = Cause::ALL.iter().map(|cause| cause.as_str()).chain(["test"]);
            subjects.extend(causes.map(|cause| words(cause, "begin", language.as_str()).subject));
        }

        let count = subjects.len();
        subjects.sort();
        subjects.dedup();
        assert_eq!(subjects.len(), count, "{subjects:?}");
        assert!(subjects.iter().all(|subject| !subject.contains(char::is_control)));
    }
}
