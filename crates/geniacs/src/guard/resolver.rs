//! Names become addresses here, and what may not be called is left out: whatever a name says later counts as well.

use super::{Guard, OutboundRefusal};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::sync::Arc;

/// A resolver that gives of another one's answers those that may be called.
pub(crate) struct Guarded {
    pub(crate) inner: Arc<dyn Resolve>,
    pub(crate) guard: Guard,
}

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let (asked, guard) = (name.as_str().to_owned(), self.guard.clone());

        let answers = self.inner.resolve(name);
        Box::pin(async move {
            let (fine, refused): (Vec<_>, Vec<_>) = answers.await?.partition(|a| guard.special(a.ip()).is_none());
            // A name that stands for both kinds of addresses is reached by those that are allowed.
            if fine.is_empty() && !refused.is_empty() {
                return Err(OutboundRefusal::Name { name: asked }.into());
            }

            Ok(Box::new(fine.into_iter()) as Addrs)
        })
    }
}

/// The resolver of the operating system.
pub(crate) struct System;

impl Resolve for System {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            // The port is the address's own, which the connector puts in.
            let found: Vec<_> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}
