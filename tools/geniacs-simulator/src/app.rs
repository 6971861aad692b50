//! What all requests share.

use crate::Config;
use crate::faults::FaultBox;
use crate::limit::Window;
use crate::random::Random;
use crate::stats::Stats;
use crate::store::Store;
use domain::EntityType;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The whole state of a simulator.
pub(crate) struct App {
    pub(crate) config: Config,
    pub(crate) faults: FaultBox,
    pub(crate) stats: Stats,
    pub(crate) window: Mutex<Window>,
    /// Sends webhooks.
    pub(crate) http: reqwest::Client,
    stores: Vec<Mutex<Store>>,
    random: Mutex<Random>,
}

impl App {
    pub(crate) fn new(config: Config, http: reqwest::Client) -> Self {
        Self {
            faults: FaultBox::new(config.seed),
            stats: Stats::default(),
            window: Mutex::default(),
            http,
            stores: EntityType::ALL.iter().map(|entity| Mutex::new(Store::new(*entity))).collect(),
            random: Mutex::new(Random::new(config.seed)),
            config,
        }
    }

    /// The records of an entity, for this thread alone.
    pub(crate) fn store(&self, entity: EntityType) -> MutexGuard<'_, Store> {
        // `ALL` is in the order of declaration, so the discriminant is the place.
        self.stores[entity as usize].lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A stream of random numbers: of `seed` if one is given, else the next one of the simulator's.
    pub(crate) fn random(&self, seed: Option<u64>) -> Random {
        let mut own = self.random.lock().unwrap_or_else(PoisonError::into_inner);
        Random::new(seed.unwrap_or_else(|| own.next()))
    }

    pub(crate) fn reset(&self) {
        for entity in EntityType::ALL {
            *self.store(*entity) = Store::new(*entity);
        }
        self.faults.reset();
        self.stats.reset();
        *self.window.lock().unwrap_or_else(PoisonError::into_inner) = Window::default();
        *self.random.lock().unwrap_or_else(PoisonError::into_inner) = Random::new(self.config.seed);
    }
}
