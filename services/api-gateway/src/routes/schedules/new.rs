//! What a request says of a new schedule.

use crate::answer;
use crate::error::ApiError;
use crate::input::{Fields, rule};
use crate::routes::sync::{direction, filters, options};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use domain::integration::Invalid;
use domain::schedule::{CatchUp, CronExpression, Overlap, ScheduleConfiguration};
use domain::{EntityType, SyncType};
use serde_json::Value;
use service::settings::ScheduleSettings;
use storage::schedules::NewSchedule;

/// The finest pace that five fields can say.
const MINUTE: std::time::Duration = std::time::Duration::from_mins(1);
/// The column's width.
const MAX_CRON: usize = 100;

/// A new schedule, checked but for its pace, which needs the time.
pub(super) struct Asked {
    cron: CronExpression,
    zone: Tz,
    row: NewSchedule,
}

impl Asked {
    pub(super) fn integration_id(&self) -> i64 {
        self.row.integration_id
    }

    /// Reads and checks every field.
    pub(super) fn read(mut body: Fields, settings: &ScheduleSettings) -> Result<Self, ApiError> {
        let integration_id = body.required("integration_id", rule::id);
        let name = body.required("name", rule::text(1, 255));
        let entity = body.required("entity_type", rule::name::<EntityType>);
        let cron = body.required("cron_expression", |value| cron(value, settings));
        let zone = body.optional("time_zone", zone).unwrap_or(settings.time_zone);
        let sync_type = body.optional("sync_type", rule::name).unwrap_or(SyncType::Incremental);
        let is_active = body.optional("is_active", rule::flag).unwrap_or(true);
        let overlap = body.optional("overlap", rule::name).unwrap_or(Overlap::Skip);
        let catch_up = body.optional("catch_up", rule::name).unwrap_or(CatchUp::One);
        let jitter_seconds = body.optional("jitter_seconds", rule::whole(0, 3_600)).unwrap_or_default();
        let configuration = configuration(&mut body, entity);
        let needed = integration_id.zip(name).zip(entity.zip(cron));
        body.finish(needed.map(|((integration_id, name), (entity_type, (cron_expression, cron)))| {
            let row = NewSchedule {
                integration_id,
                name,
                entity_type,
                sync_type,
                cron_expression,
                is_active,
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

    /// The row with its first tick after `now`, unless it ticks never or more often than is allowed.
    pub(super) fn row(self, now: DateTime<Utc>, settings: &ScheduleSettings) -> Result<NewSchedule, ApiError> {
        let minimum = chrono::Duration::from_std(settings.min_interval).unwrap_or(chrono::Duration::MAX);
        let next = self.cron.check_pace(now, self.zone, minimum).and_then(|()| self.cron.next_after(now, self.zone));
        let next_run_at = next.map_err(|error| ApiError::invalid("cron_expression", error.to_string()))?;
        Ok(NewSchedule { next_run_at, ..self.row })
    }
}

fn cron(value: &Value, settings: &ScheduleSettings) -> Result<(String, CronExpression), String> {
    let text = rule::text(1, MAX_CRON)(value)?;
    let with_seconds = settings.min_interval < MINUTE;
    let parsed = if with_seconds { CronExpression::parse_with_seconds(&text) } else { CronExpression::parse(&text) };
    parsed.map(|cron| (text, cron)).map_err(|error| error.to_string())
}

fn zone(value: &Value) -> Result<Tz, String> {
    let text = rule::text(1, 64)(value)?;
    text.parse().map_err(|_| "must be an IANA time zone, like Asia/Jakarta".to_owned())
}

fn configuration(body: &mut Fields, entity: Option<EntityType>) -> ScheduleConfiguration {
    let mut fields = body.object("configuration");
    let told = (fields.has("sync_direction"), fields.has("filters"), fields.has("options"));
    let direction = direction(&mut fields);
    let filters = filters(&mut fields, entity, direction);
    let options = options(&mut fields);
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
