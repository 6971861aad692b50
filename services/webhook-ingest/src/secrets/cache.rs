//! All opened secrets, replaced as a whole by every reading.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use super::known::KnownSecret;

/// Opened secrets by integration.
pub(super) type AllSecrets = HashMap<i64, Arc<KnownSecret>>;

/// The latest reading; cloning shares it.
#[derive(Clone, Default)]
pub(super) struct Cache(Arc<RwLock<Arc<AllSecrets>>>);

impl Cache {
    pub(super) fn all(&self) -> Arc<AllSecrets> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn get(&self, id: i64) -> Option<Arc<KnownSecret>> {
        self.all().get(&id).cloned()
    }

    pub(super) fn active(&self) -> Vec<Arc<KnownSecret>> {
        self.all().values().filter(|known| known.is_active).cloned().collect()
    }

    pub(super) fn replace(&self, all: AllSecrets) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(all);
    }
}
