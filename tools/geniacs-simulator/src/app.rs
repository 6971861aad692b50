//! The state that all requests share.

use crate::Config;
use crate::faults::{FaultBox, Lie};
use crate::limit::Windows;
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
    /// Sends webhooks.
    pub(crate) http: reqwest::Client,
    stores: Vec<Mutex<Store>>,
    random: Mutex<Random>,
    windows: Mutex<Windows>,
    /// How many walks through each listing began.
    walks: Mutex<[usize; EntityType::ALL.len()]>,
}

impl App {
    pub(crate) fn new(config: Config, http: reqwest::Client) -> Self {
        Self {
            faults: FaultBox::new(config.seed, config.faults.clone()),
            stats: Stats::default(),
            windows: Mutex::default(),
            walks: Mutex::default(),
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

    /// The windows of the rate limits, for this thread alone.
    pub(crate) fn windows(&self) -> MutexGuard<'_, Windows> {
        self.windows.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a walk through a listing, and says how it lies.
    pub(crate) fn next_walk(&self, entity: EntityType, lies: &[Lie]) -> Lie {
        if lies.is_empty() {
            return Lie::Honest;
        }
        let mut walks = self.walks.lock().unwrap_or_else(PoisonError::into_inner);
        let number = walks[entity as usize];
        walks[entity as usize] += 1;
        lies[number % lies.len()]
    }

    /// The next walk is the first one of the faults' list.
    pub(crate) fn forget_walks(&self) {
        *self.walks.lock().unwrap_or_else(PoisonError::into_inner) = Default::default();
    }

    /// Goes back to how it started, without records.
    pub(crate) fn reset(&self) {
        for entity in EntityType::ALL {
            *self.store(*entity) = Store::new(*entity);
        }
        self.faults.reset();
        self.stats.reset();
        self.forget_walks();
        *self.windows() = Windows::default();
        *self.random.lock().unwrap_or_else(PoisonError::into_inner) = Random::new(self.config.seed);
    }
}
