//! Notices to people and programs, at a mail server and at an HTTP server.

use domain::notification::DeliveryState;
use scheduler::Scheduler;
use secrets::{KeyRing, Place};

use crate::listeners::{HookServer, MailServer};
use crate::stand::{Stand, eventually};

const SECRET: &str = "whsec_0123456789";

/// A scheduler that may call this machine, and for which something is over at once.
pub(crate) async fn scheduler(stand: &Stand, keys: &str, more: &[(&'static str, String)]) -> Scheduler {
    let own = [
        ("GENIACS_ENCRYPTION_KEYS", keys.to_owned()),
        ("GENIACS_OUTBOUND__ALLOW_HTTP", "true".to_owned()),
        ("GENIACS_OUTBOUND__ALLOW", "127.0.0.0/8".to_owned()),
        ("GENIACS_NOTIFICATIONS__SETTLE_SECONDS", "0".to_owned()),
        ("GENIACS_DASHBOARD__ADDRESS", "https://geniacs.example.com".to_owned()),
    ];

    let all: Vec<(&str, &str)> = own.iter().chain(more).map(|(name, value)| (*name, value.as_str())).collect();
    stand.scheduler(&all).await
}

/// Rule 1 tells a program of conflicts.
async fn webhook_rule(stand: &Stand, keys: &str, url: &str) {
    let place = Place { table: "notification_rules", column: "signing_secret", row: 1 };
    let sealed = KeyRing::parse(keys).unwrap().seal(&place, SECRET);
    stand
        .execute(&format!(
            "INSERT INTO notification_rules (id, name, causes, channel, url, signing_secret, language)
             VALUES (1, 'on call', ARRAY['conflicts_waiting'], 'webhook', '{url}', '{sealed}', 'en')"
        ))
        .await;
}

/// Rule 2 tells people of conflicts.
pub(crate) async fn mail_rule(stand: &Stand, addresses: &str) {
    stand
        .execute(&format!(
            "INSERT INTO notification_rules (id, name, causes, channel, addresses)
             VALUES (2, 'kantor', ARRAY['conflicts_waiting'], 'email', ARRAY[{addresses}])"
        ))
        .await;
}

pub(crate) async fn conflict(stand: &Stand) {
    stand
        .execute(
            "INSERT INTO conflicts (integration_id, entity_type, local_id, fields, policy, state)
             VALUES (1, 'customers', 1, '[]', 'manual', 'open')",
        )
        .await;
}

async fn deliveries(stand: &Stand, state: DeliveryState, code: &str) -> i64 {
    stand.count(&format!("notice_deliveries WHERE state = '{state}' AND coalesce(error_code, '') = '{code}'")).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notice_is_told_once_by_webhook_and_by_mail_with_any_number_of_schedulers() {
    let (stand, hooks, mail) = (Stand::new().await, HookServer::start(&[]).await, MailServer::start().await);
    let keys = KeyRing::generate_entry("test");
    stand.integration().await;
    webhook_rule(&stand, &keys, &format!("http://{}/notices?team=a", hooks.address)).await;
    mail_rule(&stand, "'siti@example.com', 'budi@example.com'").await;
    conflict(&stand).await;

    let settings = mail.settings("none");
    let schedulers = [scheduler(&stand, &keys, &settings).await, scheduler(&stand, &keys, &settings).await];

    eventually("the beginning is told", async || deliveries(&stand, DeliveryState::Sent, "").await == 3).await;
    stand.execute("DELETE FROM conflicts").await;
    eventually("the end is told", async || deliveries(&stand, DeliveryState::Sent, "").await == 6).await;
    stand.stop(schedulers).await;

    let told = hooks.requests();
    let types: Vec<_> = told.iter().map(|request| request.json()["event_type"].clone()).collect();
    assert_eq!(types, ["notification.begun", "notification.ended"]);
    let body = told[0].json();
    assert_eq!(body["data"]["cause"], "conflicts_waiting");
    assert_eq!(body["data"]["integration"]["name"], "partner");
    assert_eq!(body["data"]["message"], "partner: conflicts wait for a decision");
    assert_eq!(body["data"]["link"], "https://geniacs.example.com/conflicts?integration=1");

    let signed = format!("{}.POST.{}.", told[0].header("x-geniacs-timestamp"), told[0].path());
    let expected = secrets::sign_hex(SECRET.as_bytes(), &[signed.as_bytes(), told[0].body.as_bytes()]);
    assert_eq!(told[0].header("x-geniacs-request-signature"), expected);
    assert_eq!(told[0].path(), "/notices?team=a");

    let mails = mail.mails();
    let to = |address: &str| mails.iter().filter(|mail| mail.to == address).count();
    assert_eq!((to("siti@example.com"), to("budi@example.com"), mails.len()), (2, 2, 4));
    assert!(mails[0].text.contains("Subject: partner: konflik menunggu keputusan"), "{}", mails[0].text);
    assert!(mails[0].text.contains("Auto-Submitted: auto-generated"), "{}", mails[0].text);
    assert!(mails.last().unwrap().text.contains("Subject: Selesai: "), "{}", mails.last().unwrap().text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notice_that_was_not_taken_is_sent_again_under_the_same_number_and_in_the_end_given_up() {
    let stand = Stand::new().await;
    let hooks = HookServer::start(&["500 No", "302 Found\r\nLocation: http://127.0.0.1:1/", "503 No"]).await;
    let keys = KeyRing::generate_entry("test");
    stand.integration().await;
    webhook_rule(&stand, &keys, &format!("http://{}/", hooks.address)).await;
    conflict(&stand).await;
    let scheduler = scheduler(&stand, &keys, &[]).await;

    let waits = "SELECT count(*) AS n FROM notice_deliveries WHERE available_at > now() + interval '10 seconds' AND error_code = 'http_status' AND attempts = ";
    for attempt in 1..=2 {
        eventually("it waits for its next attempt", async || stand.number(&format!("{waits}{attempt}")).await == 1)
            .await;
        // Without an error from before, the lease of the next attempt is not taken for its wait.
        stand
            .execute("UPDATE notice_deliveries SET available_at = now(), error_code = NULL, error_message = NULL")
            .await;
    }
    eventually("it waits once more", async || stand.number(&format!("{waits}3")).await == 1).await;
    assert_eq!(hooks.requests().len(), 3, "a redirect is an answer like any other");

    let ids: Vec<_> = hooks.requests().iter().map(|request| request.json()["event_id"].clone()).collect();
    assert!(ids.iter().all(|id| id == &ids[0]), "{ids:?}");

    stand.execute("UPDATE notification_rules SET url = 'http://127.0.0.1:1/'").await;
    stand.execute("UPDATE notice_deliveries SET available_at = now(), attempts = 11").await;
    eventually("it is given up", async || deliveries(&stand, DeliveryState::Failed, "unreachable").await == 1).await;
    stand.stop([scheduler]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_of_the_operator_s_own_network_is_not_called() {
    let (stand, hooks) = (Stand::new().await, HookServer::start(&[]).await);
    let keys = KeyRing::generate_entry("test");
    stand.integration().await;
    webhook_rule(&stand, &keys, &format!("http://{}/", hooks.address)).await;
    conflict(&stand).await;

    let scheduler = scheduler(&stand, &keys, &[("GENIACS_OUTBOUND__ALLOW", String::new())]).await;

    let waiting = DeliveryState::Waiting;
    eventually("it is refused", async || deliveries(&stand, waiting, "address_refused").await == 1).await;

    stand.stop([scheduler]).await;
    assert!(hooks.requests().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_whom_the_server_does_not_know_delays_no_other() {
    let (stand, mail) = (Stand::new().await, MailServer::start().await);
    stand.integration().await;
    mail_rule(&stand, "'nobody@example.com', 'siti@example.com', 'no address'").await;
    conflict(&stand).await;

    let scheduler = scheduler(&stand, &KeyRing::generate_entry("test"), &mail.settings("none")).await;

    let waiting = DeliveryState::Waiting;
    eventually("one is told", async || deliveries(&stand, DeliveryState::Sent, "").await == 1).await;
    eventually("one is refused", async || deliveries(&stand, waiting, "smtp_status").await == 1).await;
    eventually("one is no address", async || deliveries(&stand, waiting, "not_an_email").await == 1).await;

    stand.stop([scheduler]).await;
    let to: Vec<String> = mail.mails().into_iter().map(|mail| mail.to).collect();
    assert_eq!(to, ["siti@example.com"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn mail_goes_only_over_the_safe_connection_that_is_asked_for() {
    let (stand, mail) = (Stand::new().await, MailServer::start().await);
    stand.integration().await;
    mail_rule(&stand, "'siti@example.com'").await;
    conflict(&stand).await;

    let keys = KeyRing::generate_entry("test");
    let waiting = DeliveryState::Waiting;

    let first = scheduler(&stand, &keys, &mail.settings("starttls")).await;
    eventually("it is not sent", async || deliveries(&stand, waiting, "smtp_unreachable").await == 1).await;
    stand.stop([first]).await;

    assert!(mail.mails().is_empty(), "the server offers no TLS");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_mail_server_mail_waits_and_says_why() {
    let stand = Stand::new().await;
    stand.integration().await;
    mail_rule(&stand, "'siti@example.com'").await;
    conflict(&stand).await;
    let scheduler = scheduler(&stand, &KeyRing::generate_entry("test"), &[]).await;
    let waiting = DeliveryState::Waiting;
    eventually("it waits", async || deliveries(&stand, waiting, "no_smtp_server").await == 1).await;
    stand.stop([scheduler]).await;
}
