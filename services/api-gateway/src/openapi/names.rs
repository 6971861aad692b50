//! Text that is one of a few names.

use broker::Queue;
use serde_json::json;
use std::borrow::Cow;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

/// Describes a type by the names it has: those of an enum of the domain, or these.
macro_rules! names {
    ($($(#[doc = $about:literal])+ $name:ident = $names:expr),+ $(,)?) => {$(
        $(#[doc = $about])+
        pub(crate) enum $name {}

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                one_of(concat!($($about, " "),+).trim(), $names.iter().map(|name| name.to_string()))
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                Cow::Borrowed(stringify!($name))
            }
        }
    )+};
}

fn one_of(about: &str, names: impl Iterator<Item = String>) -> RefOr<Schema> {
    let schema = ObjectBuilder::new().schema_type(Type::String).description(Some(about));
    schema.enum_values(Some(names.map(|name| json!(name)).collect::<Vec<_>>())).into()
}

const QUEUES: [&str; 3] = [Queue::Work.as_str(), Queue::Webhooks.as_str(), Queue::DeadLetters.as_str()];

names! {
    /// A kind of record.
    EntityType = domain::EntityType::ALL,
    /// What a sync walks: every record, or what has changed.
    SyncType = domain::SyncType::ALL,
    /// What a sync is for.
    SyncKind = domain::sync::SyncKind::ALL,
    /// What a running sync does: it plans, applies what Geniacs lists, applies once more what needed unique values of other
    /// records, deletes here what Geniacs no longer lists, or sends.
    SyncPhase = ["planning", "pull", "pull_again", "missing_here", "push"],
    /// Who or what asked for a sync: a person, a program with a token, a schedule's tick, the end of a `sync_interval`, a
    /// local change, or the system, for records that can go now.
    Starter = domain::sync::Starter::ALL,
    /// Which side is written: a push, a pull, or a pull and then a push.
    SyncDirection = domain::SyncDirection::ALL,
    /// Where a sync is in its life; `success`, `failed`, `partial` and `cancelled` are final.
    SyncStatus = domain::SyncStatus::ALL,
    /// What to do while another run of the same entity is under way: wait, or refuse.
    IfRunning = domain::sync::IfRunning::ALL,
    /// Who wins when both sides have changed one field.
    ConflictPolicy = domain::integration::ConflictPolicy::ALL,
    /// Whether a person signed in with it, or a program was given it.
    TokenKind = storage::people::tokens::KINDS,
    /// What a caller may do; each role may do what those before it may.
    Role = domain::Role::ALL,
    /// What a mapped field holds at Geniacs.
    FieldType = domain::FieldType::ALL,
    /// Which way records go.
    MappingWay = ["to_geniacs", "from_geniacs"],
    /// Whether a rule changes the value, or lets it pass or not.
    RuleKind = ["transformation", "validation"],
    /// Where a rule does something: on both ways, or on the way to Geniacs alone.
    RuleDirection = ["both", "to_geniacs"],
    /// What a pull does about a rule: takes back what a push did, does the same, looks at the value as a push does, or nothing.
    RuleOnPull = ["undone", "repeated", "checked", "passed"],
    /// What a part of a rule's argument is: `value` is one of the field's type, a map goes from texts to such values or to texts.
    ArgumentType = ["flag", "text", "whole_number", "number", "columns", "value", "values", "value_map", "text_map"],
    /// What JSON holds.
    JsonType = ["null", "boolean", "number", "string", "array", "object"],
    /// What a local column holds.
    ColumnType = ["string", "number", "boolean", "date", "timestamp", "json"],
    /// What a tick does while the run before is still under way.
    Overlap = domain::schedule::Overlap::ALL,
    /// What happens to ticks that nobody was there for.
    CatchUp = domain::schedule::CatchUp::ALL,
    /// What became of a tick.
    TickOutcome = domain::schedule::TickOutcome::ALL,
    /// What a plan says of one record.
    PlanAction = domain::PlanAction::ALL,
    /// What needs attention: what pauses an integration, a schedule that did not tick, the newest run of an entity and direction
    /// that failed wholly or in part, and what waits for somebody.
    AttentionKind = ["integration_paused", "schedule_overdue", "sync_failed", "sync_partial", "dead_letters", "events_set_aside",
        "conflicts_waiting"],
    /// What a person can do about what needs attention; `wait`: it passes by itself.
    Remedy = ["replace_credentials", "test_connection", "run_schedule", "retry_sync", "retry_records", "requeue_dead_letters",
        "replay_events", "resolve_conflicts", "wait"],
    /// What an operation does with each thing that its filter found.
    OperationKind = crate::operations::OperationKind::NAMES,
    /// Whether an operation goes on.
    OperationState = ["running", "done"],
    /// Where a conflict is in its life.
    ConflictState = domain::conflict::ConflictState::ALL,
    /// Whose values hold.
    Resolution = domain::conflict::Resolution::ALL,
    /// Whose value holds.
    Winner = ["local", "geniacs"],
    /// Where a stored webhook event is.
    WebhookState = domain::webhook::WebhookState::ALL,
    /// What a notice is about.
    NotificationCause = domain::notification::Cause::ALL,
    /// How a rule's notices are told.
    NotificationChannel = domain::notification::Channel::ALL,
    /// The language of a rule's notices.
    NotificationLanguage = domain::notification::Language::ALL,
    /// What of a notice is told: that it began, that it is over, or nothing, as a test.
    NotificationTells = domain::notification::Tells::ALL,
    /// Where a notification is: waiting for an attempt, taken, given up, or not wanted any more.
    NotificationState = domain::notification::DeliveryState::ALL,
    /// What became of a message that a queue gave up.
    LetterState = domain::webhook::LetterState::ALL,
    /// Who says how long something is kept: the service itself, its file or environment, or an administrator here.
    RetentionSource = ["default", "setting", "stored"],
    /// What became of a record.
    RecordAction = domain::history::Action::ALL,
    /// Why something happened to a record.
    RecordCause = domain::history::Cause::ALL,
    /// How a record stands between both sides, as far as is known here.
    RecordState = ["in_step", "differs", "conflict", "unlinked"],
    /// How much a log entry matters.
    LogLevel = storage::console::log_entries::LEVELS,
    /// How a record that differs does so.
    DifferenceKind = ["missing_here", "missing_there", "differs", "failed"],
    /// What became of a field: an optional one that fails is left out, a required one fails the record, and some a pull does
    /// not touch.
    FieldOutcome = ["mapped", "missing", "left_out", "failed", "untouched"],
    /// A queue of the broker.
    QueueName = QUEUES,
    /// Whether requests go out: `half_open` while a probe is due or under way.
    BreakerState = ["closed", "open", "half_open"],
    /// How long a rate window is.
    RateWindow = ["minute", "hour", "day"],
    /// How a connection test ended.
    TestStatus = ["success", "failed"],
    /// What Geniacs thinks of the credentials.
    Authentication = ["valid", "invalid", "unknown"],
    /// Whether an integration's work goes on.
    HealthStatus = ["active", "paused", "disabled"],
}
