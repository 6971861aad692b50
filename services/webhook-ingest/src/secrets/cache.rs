//! All opened secrets, replaced as a whole by every reading.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use super::known::Known;

/// Opened secrets by integration.
pub(super) type All = HashMap<i64, Arc<Known>>;

/// The latest reading; cloning shares it.
#[derive(Clone, Default)]
pub(super) struct Cache(Arc<RwLock<Arc<All>>>);

impl Cache {
    pub(super) fn all(&self) -> Arc<All> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn get(&self, id: i64) -> Option<Arc<Known>> {
        self.all().get(&id).cloned()
    }

    pub(super) fn active(&self) -> Vec<Arc<Known>> {
        self.all().values().filter(|known| known.is_active).cloned().collect()
    }

    pub(super) fn replace(&self, all: All) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(all);
    }
}
