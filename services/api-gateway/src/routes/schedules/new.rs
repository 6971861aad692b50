//! What a request says of a schedule: all of it for a new one, some of it for an edit. Bodies are described by the same
//! function that reads them.

use super::body;
use super::view::ScheduleView;
use crate::answer;
use crate::error::ApiError;
use crate::input::field::{flag, id, name, text, whole};
use crate::input::{Fields, described, described_change};
use crate::openapi::{Described, names};
use crate::routes::sync::{direction, filters, options};
use chrono::{DateTime, Duration, Utc};
use chrono_tz::Tz;
use domain::integration::Invalid;
use domain::schedule::{CatchUp, CronError, CronExpression, Overlap, ScheduleConfiguration};
use domain::sync::SyncOptions;
use domain::{EntityType, Reason, SyncType};
use serde_json::Value;
use service::settings::ScheduleSettings;
use storage::starts::schedules::{NewSchedule, Schedule};

/// The finest pace that five fields can say.
const MINUTE: std::time::Duration = std::time::Duration::from_mins(1);
/// The column's width.
const MAX_CRON: usize = 100;

/// A new schedule, checked but for its pace, which needs the time.
pub(super) struct CheckedSchedule {
    cron: CronExpression,
    zone: Tz,
    row: NewSchedule,
}

impl CheckedSchedule {
    pub(super) fn integration_id(&self) -> i64 {
        self.row.integration_id
    }

    /// Reads and checks every field.
    pub(super) fn read(mut body: Fields, settings: &ScheduleSettings) -> Result<Self, ApiError> {
        let integration_id = body.take("integration_id", id().required());
        let title = body.take("name", text(1, 255).required().like("Nightly customers"));
        let entity = body.take("entity_type", name::<names::EntityType, EntityType>().required());

        let ticks = text(1, MAX_CRON).required().about("Five fields.").like("0 2 * * *").changed_like("0 2 * * *");
        let cron = body.take("cron_expression", ticks.then(|text| cron(text, settings)));
        let zone = text(1, 64).about("IANA; the service's own unless told.").then(|text| read_zone(&text));
        let zone = body.take("time_zone", zone).unwrap_or(settings.time_zone);

        let sync_type = name::<names::SyncType, SyncType>().about("`incremental` unless told.");
        let sync_type = body.take("sync_type", sync_type).unwrap_or(SyncType::Incremental);
        let is_active = body.take("is_active", flag().about("Whether it ticks; true unless told.")).unwrap_or(true);
        let overlap = name::<names::Overlap, Overlap>().about("`skip` unless told.");
        let overlap = body.take("overlap", overlap).unwrap_or(Overlap::Skip);
        let catch_up = name::<names::CatchUp, CatchUp>().about("`one` unless told.");
        let catch_up = body.take("catch_up", catch_up).unwrap_or(CatchUp::One);
        let jitter = whole(0, 3_600)
            .about("Puts each tick off by a random time up to this; less than the time between two ticks.");
        let jitter_seconds = body.take("jitter_seconds", jitter).unwrap_or_default();

        let configuration = configuration(&mut body, entity, sync_type);
        let needed = integration_id.zip(title).zip(entity.zip(cron));
        body.finish(needed.map(|((integration_id, name), (entity_type, (cron_expression, cron)))| {
            let row = NewSchedule {
                integration_id,
                name,
                entity_type,
                sync_type,
                cron_expression,
                is_active,
                // `row` puts the first tick here, which needs the time.
                next_run_at: DateTime::UNIX_EPOCH,
                configuration: answer::value(&configuration),
                time_zone: zone.name().to_owned(),
                overlap,
                catch_up,
                jitter_seconds,
            };
            Self { cron, zone, row }
        }))
    }

    /// What an edit makes of `current`: the fields that it gives, and the others as they are.
    pub(super) fn edit(body: Fields, current: &Schedule, settings: &ScheduleSettings) -> Result<Self, ApiError> {
        let current = answer::value(&ScheduleView::new(current.clone(), settings));
        let mut body = body.over(current.clone());
        keep(&mut body, &current);
        Self::read(body, settings)
    }

    /// The row with its first tick after `now`, unless it ticks never or more often than is allowed.
    pub(super) fn row(self, now: DateTime<Utc>, settings: &ScheduleSettings) -> Result<NewSchedule, ApiError> {
        let minimum = Duration::from_std(settings.min_interval).unwrap_or(Duration::MAX);
        let next = self.cron.check_pace(now, self.zone, minimum).and_then(|()| self.cron.next_after(now, self.zone));
        let next_run_at = next
            .map_err(|error| ApiError::invalid("cron_expression", Reason::new("cron_expression", error.to_string())))?;

        if self.row.jitter_seconds > 0 {
            self.check_jitter(now)?;
        }
        Ok(NewSchedule { next_run_at, ..self.row })
    }

    /// A tick must not be put off beyond the next one.
    fn check_jitter(&self, now: DateTime<Utc>) -> Result<(), ApiError> {
        let pace = self.cron.pace(now, self.zone).unwrap_or(Duration::MAX);
        if Duration::seconds(self.row.jitter_seconds.into()) < pace {
            return Ok(());
        }

        let seconds = pace.num_seconds();
        let message = format!("must be less than the {seconds} s between two ticks");
        let reason = Reason::new("jitter_too_long", message).with("seconds", seconds);
        Err(ApiError::invalid("jitter_seconds", reason))
    }
}

/// Refuses to move a schedule to another integration.
fn keep(body: &mut Fields, current: &Value) {
    body.fixed("integration_id", &current["integration_id"], "make another schedule");
}

/// The body that makes a schedule.
pub(super) fn new_schedule() -> Described {
    described("NewSchedule", "A new schedule.", |body| drop(CheckedSchedule::read(body, &any_settings())))
}

/// The body that changes one.
pub(super) fn schedule_change() -> Described {
    described_change("ScheduleChange", "What of a schedule is to be changed.", |mut body| {
        keep(&mut body, &Value::Null);
        drop(CheckedSchedule::read(body, &any_settings()));
    })
}

/// Settings for a description, which does not depend on them.
fn any_settings() -> ScheduleSettings {
    ScheduleSettings { time_zone: Tz::UTC, min_interval: MINUTE }
}

/// Reads an expression as the settings allow them.
pub(super) fn read_cron(text: &str, settings: &ScheduleSettings) -> Result<CronExpression, CronError> {
    if settings.min_interval < MINUTE { CronExpression::parse_with_seconds(text) } else { CronExpression::parse(text) }
}

/// Reads an expression that is not in use yet.
pub(super) fn new_cron(text: &str, settings: &ScheduleSettings) -> Result<CronExpression, CronError> {
    let cron = read_cron(text, settings)?;
    cron.check_steps().map(|()| cron)
}

fn cron(text: String, settings: &ScheduleSettings) -> Result<(String, CronExpression), Reason> {
    new_cron(&text, settings)
        .map(|cron| (text, cron))
        .map_err(|error| Reason::new("cron_expression", error.to_string()))
}

/// Reads the name of a time zone.
pub(super) fn read_zone(text: &str) -> Result<Tz, Reason> {
    text.parse().map_err(|_| Reason::new("time_zone", "must be an IANA time zone, like Asia/Jakarta"))
}

fn configuration(body: &mut Fields, entity: Option<EntityType>, sync_type: SyncType) -> ScheduleConfiguration {
    let mut fields = body.object_like::<body::Configuration>("configuration");
    let told = (fields.says("sync_direction"), fields.says("filters"), fields.says("options"));
    let direction = direction(&mut fields);
    let filters = filters(&mut fields, entity, direction);
    let options = options(&mut fields, SyncOptions::why_no_deletion(sync_type, entity, &filters));

    let configuration = ScheduleConfiguration {
        sync_direction: direction.filter(|_| told.0),
        filters: Some(filters).filter(|_| told.1),
        options: Some(options).filter(|_| told.2),
        ..fields.all()
    };

    let found: Vec<Invalid> = configuration.problems();
    fields.problems(found);
    body.absorb(fields);
    configuration
}
