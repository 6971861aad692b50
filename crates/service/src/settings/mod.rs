//! Settings, in sections, one small struct per concern.
//!
//! Precedence, strongest last: the defaults in the code, the TOML file named by `GENIACS_CONFIG`, the environment. The
//! variable of a key is `GENIACS_` and the key in capitals, with `__` for each dot. `DATABASE_URL`, `AMQP_URL` and
//! `OTEL_EXPORTER_OTLP_ENDPOINT` work too, weaker than the variables of this system.
//!
//! An unknown key in the file and an impossible value stop the start; an unknown variable under `GENIACS_` is only warned
//! about, since Kubernetes injects some. To add a setting: a line in its section, from which the field, the table, the file and
//! the environment follow. Sections whose fields are not one setting each write these out.

mod broker;
mod dashboard;
mod database;
mod encryption;
mod error;
mod file;
mod http;
mod limits;
mod live;
mod mappings;
mod notifications;
mod outbound;
mod rates;
mod rescue;
mod retention;
mod retry;
mod scheduler;
mod schedules;
mod section;
mod setting;
mod sync;
mod telemetry;
mod values;
mod webhooks;
mod work;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

pub use broker::BrokerSettings;
pub use dashboard::DashboardSettings;
pub use database::DatabaseSettings;
pub use encryption::EncryptionSettings;
pub use error::{SettingsError, Source};
pub use http::HttpSettings;
pub use limits::LimitSettings;
pub use live::LiveSettings;
pub use mappings::MappingSettings;
pub use notifications::{NotificationSettings, SmtpSecurity, SmtpSettings};
pub use outbound::OutboundSettings;
pub use rates::{Rate, RateSettings};
pub use rescue::RescueSettings;
pub use retention::RetentionSettings;
pub use retry::RetrySettings;
pub use scheduler::SchedulerSettings;
pub use schedules::ScheduleSettings;
pub use setting::Setting;
pub use sync::SyncSettings;
pub use telemetry::{LogLevel, TelemetrySettings};
use values::Values;
pub use webhooks::WebhookSettings;
pub use work::WorkSettings;

/// The beginning of all variables of this system.
const PREFIX: &str = "GENIACS_";

/// Names the settings file, so it cannot stand in one.
const CONFIG: Setting = Setting::optional("config", "path of a settings file (TOML)");

/// Everything that can be set, read and checked once at the start. Fields are public, so that a test may change any of them.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where PostgreSQL is.
    pub database: DatabaseSettings,
    /// Where RabbitMQ is.
    pub broker: BrokerSettings,
    /// Where this service listens.
    pub http: HttpSettings,
    /// How many requests a caller may make.
    pub rates: RateSettings,
    /// The live stream of events.
    pub live: LiveSettings,
    /// The dashboard that the gateway serves.
    pub dashboard: DashboardSettings,
    /// Logs and traces.
    pub telemetry: TelemetrySettings,
    /// Calls to partners.
    pub outbound: OutboundSettings,
    /// Stored events.
    pub webhooks: WebhookSettings,
    /// Notices by mail, and when something is over.
    pub notifications: NotificationSettings,
    /// Runs and their defaults.
    pub sync: SyncSettings,
    /// Mappings that nobody wrote.
    pub mappings: MappingSettings,
    /// Chunks and leases.
    pub work: WorkSettings,
    /// Breakers and refused credentials.
    pub limits: LimitSettings,
    /// Schedules and the time zone of the service.
    pub schedules: ScheduleSettings,
    /// How closely the scheduler watches.
    pub scheduler: SchedulerSettings,
    /// Waiting before another attempt.
    pub retry: RetrySettings,
    /// Work that nobody took up.
    pub rescue: RescueSettings,
    /// How long rows are kept.
    pub retention: RetentionSettings,
    /// The keys that seal credentials.
    pub encryption: EncryptionSettings,
    warnings: Vec<String>,
}

impl Settings {
    /// Reads the process environment and the file that it names. Without a setting for it, the port is 0: any free one.
    pub fn load() -> Result<Self, SettingsError> {
        Self::load_for(0)
    }

    /// As [`Settings::load`], with the port of a service that has one of its own.
    pub fn load_for(default_port: u16) -> Result<Self, SettingsError> {
        let lossy = |text: std::ffi::OsString| text.to_string_lossy().into_owned();
        let environment = std::env::vars_os().map(|(name, value)| (lossy(name), lossy(value))).collect();
        Self::read(&environment, default_port)
    }

    /// Reads the given variables instead of the process environment: the constructor for tests.
    pub fn from_map<K, V>(variables: impl IntoIterator<Item = (K, V)>) -> Result<Self, SettingsError>
    where
        K: Into<String>,
        V: Into<String>,
    {
        let environment = variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        Self::read(&environment, 0)
    }

    /// Warnings for the log: variables that no setting reads.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    fn read(environment: &BTreeMap<String, String>, default_port: u16) -> Result<Self, SettingsError> {
        let values = Values::gather(environment)?;

        Ok(Self {
            database: DatabaseSettings::read(&values)?,
            broker: BrokerSettings::read(&values)?,
            http: HttpSettings::read(&values, default_port)?,
            rates: RateSettings::read(&values)?,
            live: LiveSettings::read(&values)?,
            dashboard: DashboardSettings::read(&values)?,
            telemetry: TelemetrySettings::read(&values)?,
            outbound: OutboundSettings::read(&values)?,
            webhooks: WebhookSettings::read(&values)?,
            notifications: NotificationSettings::read(&values)?,
            sync: SyncSettings::read(&values)?,
            mappings: MappingSettings::read(&values)?,
            work: WorkSettings::read(&values)?,
            limits: LimitSettings::read(&values)?,
            schedules: ScheduleSettings::read(&values)?,
            scheduler: SchedulerSettings::read(&values)?,
            retry: RetrySettings::read(&values)?,
            rescue: RescueSettings::read(&values)?,
            retention: RetentionSettings::read(&values)?,
            encryption: EncryptionSettings::read(&values)?,
            warnings: values.unknown_variables.iter().map(|name| unknown_variable(name)).collect(),
        })
    }
}

/// Every setting with its variable, default and meaning, for documentation and for checking deployments against it.
pub fn table() -> Vec<Setting> {
    std::iter::once(&CONFIG).chain(all_settings()).copied().collect()
}

fn all_settings() -> impl Iterator<Item = &'static Setting> {
    let sections: [&'static [Setting]; 20] = [
        SyncSettings::SETTINGS,
        MappingSettings::SETTINGS,
        WebhookSettings::SETTINGS,
        notifications::SETTINGS,
        OutboundSettings::SETTINGS,
        database::SETTINGS,
        broker::SETTINGS,
        http::SETTINGS,
        rates::SETTINGS,
        LiveSettings::SETTINGS,
        DashboardSettings::SETTINGS,
        encryption::SETTINGS,
        TelemetrySettings::SETTINGS,
        WorkSettings::SETTINGS,
        LimitSettings::SETTINGS,
        ScheduleSettings::SETTINGS,
        SchedulerSettings::SETTINGS,
        RetrySettings::SETTINGS,
        RescueSettings::SETTINGS,
        retention::SETTINGS,
    ];

    sections.into_iter().flatten()
}

fn unknown_variable(name: &str) -> String {
    format!("environment variable {name} is not a setting and has no effect: correct its name or remove it")
}
