//! What a request says of a rule: all of it for a new one, some of it for an edit. Bodies are described by the same function
//! that reads them.

use super::view::RuleView;
use crate::answer;
use crate::error::ApiError;
use crate::input::field::{flag, id, inline, list_of, name, secret, text, whole};
use crate::input::{Fields, described, described_change, rule};
use crate::openapi::{Described, names};
use crate::routes::integrations::endpoint;
use domain::Reason;
use domain::notification::{Cause, Channel, Language};
use geniacs::Guard;
use secrets::SecretString;
use serde_json::{Value, json};
use storage::notifications::rules::{Rule, Wish};

/// People whom one rule may write to.
const MOST_ADDRESSES: usize = 20;
/// A day.
const DEFAULT_NOT_IN_STEP: i32 = 86_400;

/// A rule, checked, with its secret still open. A secret that an edit does not give stays as it is.
pub(super) struct CheckedRule {
    pub(super) wish: Wish,
    pub(super) secret: Option<SecretString>,
}

impl CheckedRule {
    /// Reads and checks every field.
    pub(super) fn read(mut body: Fields, guard: &Guard) -> Result<Self, ApiError> {
        let title = body.take("name", text(1, 100).required().about("No other rule has it.").like("On call"));
        let cause = Described::by::<names::NotificationCause>();
        let causes = body.take("causes", list_of(cause, 1, Cause::ALL.len(), causes).required());
        let channel = body.take("channel", name::<names::NotificationChannel, Channel>().required());
        let url = inline(endpoint::schema(), endpoint::hook_url(guard))
            .about("Where a webhook goes, over https.")
            .like("https://hooks.example.com/geniacs");
        let url = body.take("url", url);
        let address = Described::inline(json!({"type": "string"}));
        let addresses = list_of(address, 1, MOST_ADDRESSES, addresses).about("Whom mail goes to.");
        let addresses = body.take("addresses", addresses);
        let secret =
            secret(255).about("Signs a webhook. A new rule that is given none gets one, shown in that answer alone.");
        let secret = body.take("signing_secret", secret).map(SecretString::from);

        match channel {
            Some(Channel::Webhook) => {
                body.demand("url", url.is_some(), Reason::required());
                refuse(&mut body, "addresses", addresses.is_some());
            }
            Some(Channel::Email) => {
                body.demand("addresses", addresses.is_some(), Reason::required());
                refuse(&mut body, "url", url.is_some());
                refuse(&mut body, "signing_secret", secret.is_some());
            }
            None => {}
        }

        let about = "The one integration that it is about; null: all of them.";
        let integration_id = body.take("integration_id", id().about(about));
        let language = name::<names::NotificationLanguage, Language>().about("`id` unless told.");
        let language = body.take("language", language).unwrap_or(Language::Indonesian);
        let about = "How long nothing may have been in step before that is told; a day unless told.";
        let not_in_step_seconds = body.take("not_in_step_seconds", whole(300, 2_592_000).about(about));
        let tells_end = flag().about("Whether it is told, too, that something is over; true unless told.");
        let tells_end = body.take("tells_end", tells_end).unwrap_or(true);
        let is_active = flag().about("Whether anything is told; true unless told.");
        let is_active = body.take("is_active", is_active).unwrap_or(true);

        let wish = title.zip(causes).zip(channel).map(|((name, causes), channel)| Wish {
            name,
            integration_id,
            causes,
            channel: channel.as_str().to_owned(),
            url,
            addresses: addresses.unwrap_or_default(),
            language: language.as_str().to_owned(),
            not_in_step_seconds: not_in_step_seconds.unwrap_or(DEFAULT_NOT_IN_STEP),
            tells_end,
            is_active,
        });

        body.finish(wish.map(|wish| Self { wish, secret }))
    }

    /// What an edit makes of `current`: the fields that it gives, and the others as they are.
    pub(super) fn edit(body: Fields, current: &Rule, guard: &Guard) -> Result<Self, ApiError> {
        let mut current = answer::value(&RuleView::from(current.clone()));
        // A rule without addresses is one that none were given for.
        if current["addresses"] == json!([]) {
            current["addresses"] = Value::Null;
        }

        let mut body = body.over(current.clone());
        keep(&mut body, &current);
        Self::read(body, guard)
    }
}

fn refuse(body: &mut Fields, name: &str, is_given: bool) {
    if is_given {
        body.problem(name, Reason::new("other_channel", "belongs to the other channel"));
    }
}

/// Refuses another channel.
fn keep(body: &mut Fields, current: &Value) {
    body.fixed("channel", &current["channel"], "make another rule");
}

/// The body that makes a rule.
pub(super) fn new_rule() -> Described {
    described("NewNotificationRule", "A new rule.", |body| drop(CheckedRule::read(body, &Guard::default())))
}

/// The body that changes one.
pub(super) fn rule_change() -> Described {
    described_change("NotificationRuleChange", "What of a rule is to be changed.", |mut body| {
        keep(&mut body, &Value::Null);
        drop(CheckedRule::read(body, &Guard::default()));
    })
}

fn causes(value: &Value) -> Result<Vec<String>, Reason> {
    let causes = list(value, Cause::ALL.len())?;
    let causes: Result<Vec<Cause>, Reason> = causes.iter().map(rule::name::<Cause>).collect();
    let mut causes: Vec<String> = causes?.iter().map(ToString::to_string).collect();
    causes.sort_unstable();
    causes.dedup();
    Ok(causes)
}

fn addresses(value: &Value) -> Result<Vec<String>, Reason> {
    let mut addresses = Vec::new();
    for address in list(value, MOST_ADDRESSES)? {
        let address = rule::email(address)?;
        if !addresses.contains(&address) {
            addresses.push(address);
        }
    }
    Ok(addresses)
}

/// A list of 1 to `most` values.
fn list(value: &Value, most: usize) -> Result<&Vec<Value>, Reason> {
    let items = value.as_array().ok_or_else(|| Reason::new("not_a_list", "must be a list"))?;
    match items.len() {
        0 => Err(Reason::new("empty", "must not be empty")),
        count if count > most => {
            Err(Reason::new("too_many_items", format!("must have at most {most} items")).with("maximum", most))
        }
        _ => Ok(items),
    }
}
