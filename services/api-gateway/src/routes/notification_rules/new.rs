//! What a request says of a rule: all of it for a new one, some of it for an edit.

use crate::error::ApiError;
use crate::input::{Fields, rule};
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
pub(super) struct Asked {
    pub(super) wish: Wish,
    pub(super) secret: Option<SecretString>,
}

impl Asked {
    /// Reads and checks every field.
    pub(super) fn read(mut body: Fields, guard: &Guard) -> Result<Self, ApiError> {
        let name = body.required("name", rule::text(1, 100));
        let causes = body.required("causes", causes);
        let channel = body.required("channel", rule::name::<Channel>);
        let url = body.optional("url", endpoint::hook_url(guard));
        let addresses = body.optional("addresses", addresses);
        let secret = body.optional("signing_secret", rule::secret(255)).map(SecretString::from);
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

        let integration_id = body.optional("integration_id", rule::id);
        let language = body.optional("language", rule::name::<Language>).unwrap_or(Language::Indonesian);
        let not_in_step_seconds = body.optional("not_in_step_seconds", rule::whole(300, 2_592_000));
        let tells_end = body.optional("tells_end", rule::flag).unwrap_or(true);
        let is_active = body.optional("is_active", rule::flag).unwrap_or(true);
        let wish = name.zip(causes).zip(channel).map(|((name, causes), channel)| Wish {
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
        let mut body = body.over(fields_of(current));
        body.fixed("channel", &json!(current.channel), "make another rule");
        Self::read(body, guard)
    }
}

fn refuse(body: &mut Fields, name: &str, is_given: bool) {
    if is_given {
        body.problem(name, Reason::new("other_channel", "belongs to the other channel"));
    }
}

/// What a rule says of itself, as a request would.
fn fields_of(current: &Rule) -> Value {
    let addresses = if current.addresses.is_empty() { Value::Null } else { json!(current.addresses) };
    json!({
        "name": current.name,
        "integration_id": current.integration_id,
        "causes": current.causes,
        "url": current.url,
        "addresses": addresses,
        "language": current.language,
        "not_in_step_seconds": current.not_in_step_seconds,
        "tells_end": current.tells_end,
        "is_active": current.is_active,
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
