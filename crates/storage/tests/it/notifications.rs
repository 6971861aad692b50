//! Notices: begun once, ended once, and told to each address.

use std::time::{Duration, Instant};

use storage::notifications::deliveries::{self, Due};
use storage::notifications::evaluate::{self, Looked};
use storage::notifications::rules;

use crate::stand::Stand;

/// Seconds for which a cause must not have held.
const SETTLE: f64 = 60.0;

async fn look(stand: &Stand) -> (i64, i64) {
    let Looked { begun, ended } = evaluate::look(&mut *stand.connection().await, SETTLE, false).await.unwrap();
    (begun, ended)
}

async fn claim(stand: &Stand) -> Vec<Due> {
    deliveries::claim(&mut *stand.connection().await, 20, 60.0).await.unwrap()
}

/// A database with a rule by webhook about all causes, and one by mail to two people about conflicts alone.
async fn with_rules() -> Stand {
    let stand = Stand::new().await;
    stand
        .execute(
            "INSERT INTO notification_rules (id, name, causes, channel, url) VALUES (1, 'on call', ARRAY[
                 'integration_paused', 'sync_failed', 'events_set_aside', 'conflicts_waiting', 'not_in_step'],
                 'webhook', 'https://hooks.example.com/a');
             INSERT INTO notification_rules (id, name, causes, channel, addresses)
             VALUES (2, 'office', ARRAY['conflicts_waiting'], 'email', ARRAY['a@example.com', 'b@example.com'])",
        )
        .await;
    stand
}

const CONFLICT: &str = "INSERT INTO conflicts (integration_id, entity_type, local_id, fields, policy, state)
    VALUES (1, 'customers', 1, '[]', 'manual', 'open')";

fn failed_sync(status: &str) -> String {
    format!(
        "INSERT INTO geniacs_data_sync (integration_id, sync_type, entity_type, sync_direction, status, error_type, data,
             started_at, completed_at)
         VALUES (1, 'full', 'customers', 'to_geniacs', '{status}', 'partner_away', '{{}}', geniacs_now(), geniacs_now())"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn each_cause_is_told_once_until_it_is_over() {
    let success = failed_sync("success");
    let failure = failed_sync("failed");
    let causes = [
        (
            "integration_paused",
            "INSERT INTO integration_limits (integration_id, paused_until, pause_reason)
              VALUES (1, geniacs_now() + interval '1 hour', 'retry_after')",
            "UPDATE integration_limits SET paused_until = NULL",
        ),
        (
            "integration_paused",
            "INSERT INTO integration_limits (integration_id, failures, opened_at, next_probe_at, probe_wait_seconds)
              VALUES (1, 5, geniacs_now(), geniacs_now(), 15)",
            "UPDATE integration_limits SET failures = 0, opened_at = NULL, next_probe_at = NULL, probe_wait_seconds = NULL",
        ),
        (
            "integration_paused",
            "INSERT INTO integration_limits (integration_id, credentials_refused_at, next_test_at)
              VALUES (1, geniacs_now(), geniacs_now())",
            "UPDATE integration_limits SET credentials_refused_at = NULL, next_test_at = NULL",
        ),
        ("sync_failed", &failure, &success),
        (
            "events_set_aside",
            "INSERT INTO geniacs_webhook_events (integration_id, event_type, dedupe_key, payload, state)
              VALUES (1, 'customer.updated', 'e', '{}', 'set_aside')",
            "UPDATE geniacs_webhook_events SET state = 'received'",
        ),
        ("conflicts_waiting", CONFLICT, "DELETE FROM conflicts"),
        ("not_in_step", "UPDATE geniacs_integrations SET created_at = geniacs_now() - interval '25 hours'", &success),
    ];

    for (cause, begin, end) in causes {
        let stand = with_rules().await;
        let addresses = if cause == "conflicts_waiting" { 2 } else { 0 };
        assert_eq!(look(&stand).await, (0, 0), "{cause}: nothing is the matter");

        stand.execute(begin).await;
        assert_eq!(look(&stand).await.0, 1 + i64::from(addresses > 0), "{cause}: it is found");
        assert_eq!(look(&stand).await, (0, 0), "{cause}: it is told already");
        let told = claim(&stand).await;
        assert_eq!(told.len(), 1 + addresses, "{cause}: each address is told");
        assert!(
            told.iter()
                .all(|due| due.notice.cause == cause && due.tells == "begin" && due.notice.integration_id == Some(1))
        );
        for due in &told {
            deliveries::note_sent(&mut *stand.connection().await, due.id, due.attempts).await.unwrap();
        }

        stand.execute(end).await;
        assert_eq!(look(&stand).await, (0, 0), "{cause}: it may come back");
        stand.move_clock("61 seconds").await;
        assert_eq!(look(&stand).await.1, 1 + i64::from(addresses > 0), "{cause}: it is over");
        assert_eq!(look(&stand).await, (0, 0), "{cause}: that is told already");
        let told = claim(&stand).await;
        assert!(
            told.len() == 1 + addresses && told.iter().all(|due| due.tells == "end" && due.notice.over_at.is_some()),
            "{cause}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_and_goes_is_one_notice_and_what_comes_back_later_another() {
    let stand = with_rules().await;
    for clock in ["0 seconds", "40 seconds", "80 seconds"] {
        stand.move_clock(clock).await;
        stand.execute(CONFLICT).await;
        look(&stand).await;
        stand.execute("DELETE FROM conflicts").await;
        look(&stand).await;
    }
    assert_eq!(stand.ask("SELECT count(*) FROM notices WHERE rule_id = 1").await, "1");

    stand.move_clock("200 seconds").await;
    look(&stand).await;
    stand.execute(CONFLICT).await;
    assert_eq!(look(&stand).await, (2, 0));
    assert_eq!(stand.ask("SELECT count(*) FROM notices WHERE rule_id = 1").await, "2");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_tells_only_of_its_integration_and_of_nothing_while_it_is_off_or_the_integration_is_archived() {
    let stand = with_rules().await;
    stand.integration(2).await;
    stand.execute("UPDATE notification_rules SET integration_id = 2; UPDATE notification_rules SET is_active = false WHERE id = 2").await;
    stand.execute(CONFLICT).await;
    assert_eq!(look(&stand).await, (0, 0), "another integration");

    stand.execute("UPDATE conflicts SET integration_id = 2").await;
    assert_eq!(look(&stand).await, (1, 0), "one of two rules is off");
    assert_eq!(claim(&stand).await.len(), 1);
    stand.execute("UPDATE geniacs_integrations SET archived_at = geniacs_now() WHERE id = 2").await;
    look(&stand).await;
    stand.move_clock("61 seconds").await;
    assert_eq!(look(&stand).await, (0, 1), "an archived integration's notice ends");
    assert_eq!(stand.ask("SELECT count(*) FROM notice_deliveries WHERE tells = 'end'").await, "0", "without a word");
}

#[tokio::test(flavor = "multi_thread")]
async fn looking_at_the_same_time_tells_once() {
    let stand = with_rules().await;
    stand.execute(CONFLICT).await;
    let looks = futures_util::future::join_all((0..8).map(|_| look(&stand))).await;
    assert_eq!(looks.iter().map(|(begun, _)| begun).sum::<i64>(), 2);

    stand.execute("DELETE FROM conflicts").await;
    look(&stand).await;
    stand.move_clock("61 seconds").await;
    let looks = futures_util::future::join_all((0..8).map(|_| look(&stand))).await;
    assert_eq!(looks.iter().map(|(_, ended)| ended).sum::<i64>(), 2);
    assert_eq!(stand.ask("SELECT count(*) FROM notice_deliveries").await, "6");
}

#[tokio::test(flavor = "multi_thread")]
async fn syncs_that_only_look_say_nothing_and_one_that_is_repeated_speaks_for_its_direction_alone() {
    let stand = with_rules().await;
    let preview = failed_sync("failed").replace("'{}'", r#"'{"options": {"dry_run": true}}'"#);
    stand.execute(&preview).await;
    assert_eq!(look(&stand).await, (0, 0), "a dry run");

    stand.execute(&failed_sync("failed")).await;
    stand.execute(&failed_sync("success").replace("to_geniacs", "from_geniacs")).await;
    assert_eq!(look(&stand).await, (1, 0), "the other direction went well");
    stand.execute(&failed_sync("failed")).await;
    assert_eq!(look(&stand).await, (0, 0), "it fails again");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_out_of_step_where_nothing_starts_by_itself() {
    let stand = with_rules().await;
    stand.execute("UPDATE geniacs_integrations SET created_at = geniacs_now() - interval '25 hours'").await;
    let mut connection = stand.connection().await;
    assert_eq!(evaluate::look(&mut connection, SETTLE, true).await.unwrap().begun, 0, "no schedule is met");

    stand.execute(r#"UPDATE geniacs_integrations SET configuration = '{"auto_sync": false}'"#).await;
    assert_eq!(evaluate::look(&mut connection, SETTLE, false).await.unwrap().begun, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_is_taken_by_one_and_again_once_its_lease_is_over() {
    let stand = with_rules().await;
    stand.execute(CONFLICT).await;
    look(&stand).await;
    let first = claim(&stand).await;
    assert_eq!((first.len(), claim(&stand).await.len()), (3, 0));

    stand.move_clock("61 seconds").await;
    let second = claim(&stand).await;
    assert_eq!(second.iter().map(|due| due.attempts).collect::<Vec<_>>(), [2, 2, 2]);
    let mut connection = stand.connection().await;
    let late = &first[0];
    assert!(!deliveries::note_failed(&mut connection, late.id, late.attempts, "away", "", 0.0).await.unwrap());
    assert_eq!(claim(&stand).await.len(), 0, "a late note changes nothing");
    deliveries::note_sent(&mut connection, second[0].id, second[0].attempts).await.unwrap();
    assert_eq!(stand.ask("SELECT count(*) FROM notice_deliveries WHERE state = 'sent'").await, "1");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_is_told_after_the_beginning() {
    let stand = with_rules().await;
    stand.execute(&failed_sync("failed")).await;
    look(&stand).await;
    let begin = claim(&stand).await.remove(0);
    stand.execute(&failed_sync("success")).await;
    look(&stand).await;
    stand.move_clock("50 seconds").await;
    deliveries::note_failed(&mut *stand.connection().await, begin.id, 1, "away", "", 3_600.0).await.unwrap();
    stand.move_clock("120 seconds").await;
    assert_eq!(look(&stand).await, (0, 1));
    assert!(claim(&stand).await.is_empty(), "the beginning is still to be told");

    stand.move_clock("2 hours").await;
    let told = claim(&stand).await;
    assert_eq!(told.iter().map(|due| due.tells.as_str()).collect::<Vec<_>>(), ["begin"]);
    deliveries::note_sent(&mut *stand.connection().await, begin.id, 2).await.unwrap();
    assert_eq!(claim(&stand).await[0].tells, "end");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_is_given_up_after_its_last_attempt_and_shows_why() {
    let stand = with_rules().await;
    stand.execute(&failed_sync("failed")).await;
    look(&stand).await;
    let mut connection = stand.connection().await;
    for attempt in 1..=deliveries::MOST_ATTEMPTS {
        let due = claim(&stand).await.remove(0);
        assert_eq!(due.attempts, attempt);
        let given_up =
            deliveries::note_failed(&mut connection, due.id, attempt, "refused", "HTTP 500", 0.0).await.unwrap();
        assert_eq!(given_up, attempt == deliveries::MOST_ATTEMPTS);
    }

    assert!(claim(&stand).await.is_empty());
    assert_eq!(
        stand.ask("SELECT state || ' ' || error_code || ' ' || error_message FROM notice_deliveries").await,
        "failed refused HTTP 500"
    );

    // Somebody who died over the last attempt noted nothing.
    stand.execute("UPDATE notice_deliveries SET state = 'waiting', ended_at = NULL").await;
    assert!(claim(&stand).await.is_empty());
    assert_eq!(deliveries::give_up(&mut connection).await.unwrap(), 1);
    assert_eq!(stand.ask("SELECT error_code FROM notice_deliveries").await, "unknown_outcome");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_is_told_to_every_address_and_is_over_at_once() {
    let stand = with_rules().await;
    let mut connection = stand.connection().await;
    assert_eq!(rules::send_test(&mut connection, 2).await.unwrap().len(), 2);
    assert_eq!(look(&stand).await, (0, 0));
    let told = claim(&stand).await;
    assert!(told.len() == 2 && told.iter().all(|due| due.tells == "test" && due.notice.cause == "test"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_rule_does_not_want_to_tell_any_more_is_dropped() {
    let stand = with_rules().await;
    stand.execute(CONFLICT).await;
    look(&stand).await;
    let mut connection = stand.connection().await;
    deliveries::drop_waiting(&mut connection, 2, Some(&["b@example.com".to_owned()])).await.unwrap();
    deliveries::drop_waiting(&mut connection, 1, None).await.unwrap();
    let told = claim(&stand).await;
    assert_eq!(told.iter().map(|due| due.address.as_deref()).collect::<Vec<_>>(), [Some("b@example.com")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_look_takes_moments_however_much_is_stored() {
    let stand = with_rules().await;
    stand
        .execute(
            "INSERT INTO geniacs_integrations (id, name, endpoint_url, api_key_encrypted, api_secret_encrypted)
             SELECT n, 'partner ' || n, 'https://partner.example/v1', 'sealed', 'sealed' FROM generate_series(2, 50) n;
             INSERT INTO geniacs_data_sync (integration_id, sync_type, entity_type, sync_direction, status, data, started_at, completed_at)
             SELECT 1 + n % 50, 'full', (enum_range(NULL::entity_type))[1 + n % 5], 'to_geniacs',
                 CASE WHEN n % 3 = 0 THEN 'failed' ELSE 'success' END::sync_status, '{}', geniacs_now(), geniacs_now()
             FROM generate_series(1, 20000) n;
             INSERT INTO geniacs_webhook_events (integration_id, event_type, dedupe_key, payload, state)
             SELECT 1 + n % 50, 'customer.updated', 'e' || n, '{}', CASE WHEN n % 2 = 0 THEN 'set_aside' ELSE 'processed' END::webhook_state
             FROM generate_series(1, 20000) n;
             INSERT INTO conflicts (integration_id, entity_type, local_id, fields, policy, state)
             SELECT 1 + n % 50, 'customers', n, '[]', 'manual', 'open' FROM generate_series(1, 20000) n",
        )
        .await;

    look(&stand).await;
    let began = Instant::now();
    assert_eq!(look(&stand).await, (0, 0));
    // Far more than probes of indexes take on a busy machine, and far less than reading everything fifty times.
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
}
