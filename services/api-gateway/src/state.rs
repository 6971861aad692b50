//! What all requests share.

use crate::access::{LoginThrottle, RequestRates};
use crate::dashboard::Dashboard;
use crate::database::Database;
use crate::live::Hub;
use audit_chain::AuditChain;
use broker::{Broker, Inspector};
use domain::integration::ConflictPolicy;
use geniacs::{Guard, HttpOptions, Outbound};
use secrets::KeyRing;
use service::Settings;
use std::sync::Arc;
use storage::runs::syncs::RunSettings;
use tokio::sync::{Notify, Semaphore};

/// What all requests share.
pub(crate) struct State {
    pub(crate) settings: Settings,
    pub(crate) database: Database,
    pub(crate) broker: Broker,
    /// Asks how the queues are.
    pub(crate) inspector: Arc<Inspector>,
    pub(crate) keys: Arc<KeyRing>,
    /// The audit log.
    pub(crate) log: AuditChain,
    /// For calls to partners.
    pub(crate) outbound: Outbound,
    pub(crate) throttle: LoginThrottle,
    pub(crate) rates: RequestRates,
    pub(crate) live: Hub,
    /// Rings when an operation was accepted here.
    pub(crate) operations: Notify,
    /// The dashboard's files; none where no folder is set.
    pub(crate) dashboard: Option<Dashboard>,
    /// Bounds how many passwords are hashed at once: each takes a core and 19 MiB.
    pub(crate) hashing: Semaphore,
}

impl State {
    pub(crate) fn new(
        settings: Settings,
        database: Database,
        broker: Broker,
        keys: Arc<KeyRing>,
        live: Hub,
        dashboard: Option<Dashboard>,
    ) -> Result<Self, geniacs::ClientBuildError> {
        let guard = Guard::new(settings.outbound.allow_http, &settings.outbound.allow);
        let cores = std::thread::available_parallelism().map_or(1, usize::from);

        Ok(Self {
            outbound: Outbound::new(&HttpOptions::default(), guard)?,
            rates: RequestRates::new(&settings.rates),
            settings,
            database,
            inspector: Arc::new(Inspector::of(&broker)),
            broker,
            log: AuditChain::new(keys.clone()),
            keys,
            live,
            operations: Notify::new(),
            dashboard,
            throttle: LoginThrottle::default(),
            hashing: Semaphore::new(cores),
        })
    }

    /// The settings of a run for which neither a schedule nor an integration has others.
    pub(crate) fn run_defaults(&self) -> RunSettings {
        let seconds = |duration: std::time::Duration| u32::try_from(duration.as_secs()).unwrap_or(u32::MAX);

        RunSettings {
            batch_size: self.settings.sync.batch_size,
            timeout_seconds: seconds(self.settings.outbound.timeout),
            max_attempts: self.settings.sync.max_retry_attempts,
            retry_failed: self.settings.sync.retry_failed_sync,
            max_seconds: seconds(self.settings.sync.max_sync_duration),
            window_seconds: None,
            default_region: "ID".to_owned(),
            default_time_zone: None,
            delete_guard_percent: domain::integration::DELETE_GUARD_PERCENT,
            clear_guard_percent: domain::integration::CLEAR_GUARD_PERCENT,
            change_guard_percent: domain::integration::CHANGE_GUARD_PERCENT,
            conflict_policy: ConflictPolicy::default(),
            schema_strict: false,
        }
    }
}
