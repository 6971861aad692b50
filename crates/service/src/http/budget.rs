//! The memory that the bodies of all open requests may take together. Each piece is counted before it is kept.

use std::sync::Arc;

use actix_web::HttpRequest;
use actix_web::web::Data;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// A body of at most so many bytes is small. Small bodies have a share of the memory of their own, which large ones leave
/// when they grow: a login works while others send as much as they can.
const SMALL: usize = 16 * 1024;
/// One part of so many is for small bodies.
const PARTS: usize = 4;

/// The memory that there is for bodies, in bytes.
#[derive(Debug, Clone)]
pub struct BodyBudget {
    small: Arc<Semaphore>,
    large: Arc<Semaphore>,
}

/// The part of it that one body takes, given back at its end.
#[derive(Debug)]
pub struct HeldBody {
    budget: Option<BodyBudget>,
    bytes: usize,
    permit: Option<OwnedSemaphorePermit>,
}

/// There is no room for now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("request bodies use all the memory that is set aside for them")]
pub struct NoRoom;

impl BodyBudget {
    /// So many bytes for all bodies.
    pub fn new(bytes: usize) -> Self {
        let small = bytes / PARTS;
        Self { small: Arc::new(Semaphore::new(small)), large: Arc::new(Semaphore::new(bytes - small)) }
    }

    /// A body that takes nothing yet.
    pub fn body(&self) -> HeldBody {
        HeldBody { budget: Some(self.clone()), bytes: 0, permit: None }
    }
}

impl HeldBody {
    /// The body of a request to this server, which takes nothing yet.
    pub fn of(request: &HttpRequest) -> Self {
        let budget = request.app_data::<Data<BodyBudget>>();
        // Without a server, as in a test of a handler, nothing is counted.
        budget.map_or(Self { budget: None, bytes: 0, permit: None }, |budget| budget.body())
    }

    /// Takes room for so many more bytes.
    pub fn take(&mut self, bytes: usize) -> Result<(), NoRoom> {
        let Some(budget) = &self.budget else { return Ok(()) };
        let grown = self.bytes.saturating_add(bytes);

        if self.bytes <= SMALL && grown > SMALL {
            // It turns out to be large: all of it moves, so that the share of small bodies is theirs alone.
            self.permit = Some(acquire_share(&budget.large, grown)?);
        } else if bytes > 0 {
            let share = if grown > SMALL { &budget.large } else { &budget.small };
            let more = acquire_share(share, bytes)?;
            match &mut self.permit {
                // One permit gives all of it back when the body is dropped.
                Some(held) => held.merge(more),
                None => self.permit = Some(more),
            }
        }

        self.bytes = grown;
        Ok(())
    }
}

fn acquire_share(share: &Arc<Semaphore>, bytes: usize) -> Result<OwnedSemaphorePermit, NoRoom> {
    let count = u32::try_from(bytes).map_err(|_| NoRoom)?;
    share.clone().try_acquire_many_owned(count).map_err(|_| NoRoom)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KIB: usize = 1024;

    #[test]
    fn large_bodies_leave_the_share_of_small_ones_to_them() {
        let budget = BodyBudget::new(256 * KIB);
        let mut large = Vec::new();

        loop {
            let mut body = budget.body();
            if body.take(8 * KIB).is_err() || body.take(56 * KIB).is_err() {
                break;
            }
            large.push(body);
        }
        assert_eq!(large.len(), 3, "64 KiB each of 192 KiB");

        let small: Vec<HeldBody> = std::iter::repeat_with(|| budget.body())
            .map_while(|mut body| body.take(16 * KIB).is_ok().then_some(body))
            .collect();
        assert_eq!(small.len(), 4, "16 KiB each of 64 KiB");
        assert_eq!(budget.body().take(17 * KIB), Err(NoRoom));

        drop(large);
        assert_eq!(budget.body().take(192 * KIB), Ok(()));
        assert_eq!(budget.body().take(1), Err(NoRoom));
    }

    #[test]
    fn the_memory_of_a_body_is_given_back_also_if_it_did_not_fit() {
        let budget = BodyBudget::new(64 * KIB);
        for _ in 0..10 {
            let mut body = budget.body();
            assert_eq!(body.take(40 * KIB), Ok(()));
            assert_eq!(body.take(40 * KIB), Err(NoRoom));
        }
        assert_eq!((budget.small.available_permits(), budget.large.available_permits()), (16 * KIB, 48 * KIB));
    }
}
