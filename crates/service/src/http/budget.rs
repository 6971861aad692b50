//! What the bodies of all requests at hand may take together. Each piece is counted before it is kept.

use std::sync::Arc;

use actix_web::HttpRequest;
use actix_web::web::Data;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The first bytes of each body come out of a share of their own, so that large bodies never keep small ones out: a login
/// works while others send as much as they can.
const FIRST: usize = 16 * 1024;
/// That share of the whole.
const SHARE_OF_FIRST: usize = 4;

/// The memory that there is for bodies, in bytes.
#[derive(Debug, Clone)]
pub struct BodyBudget {
    first: Arc<Semaphore>,
    rest: Arc<Semaphore>,
}

/// What one body takes of it, given back at its end.
#[derive(Debug)]
pub struct HeldBody {
    budget: Option<BodyBudget>,
    bytes: usize,
    first: Option<OwnedSemaphorePermit>,
    rest: Option<OwnedSemaphorePermit>,
}

/// There is no room for now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the bodies of the requests at hand take all the memory that there is for them")]
pub struct NoRoom;

impl BodyBudget {
    /// So many bytes for all bodies.
    pub fn new(bytes: usize) -> Self {
        let first = bytes / SHARE_OF_FIRST;
        Self { first: Arc::new(Semaphore::new(first)), rest: Arc::new(Semaphore::new(bytes - first)) }
    }

    /// A body that takes nothing yet.
    pub fn body(&self) -> HeldBody {
        HeldBody { budget: Some(self.clone()), bytes: 0, first: None, rest: None }
    }
}

impl HeldBody {
    /// The body of a request to this server, which takes nothing yet.
    pub fn of(request: &HttpRequest) -> Self {
        let budget = request.app_data::<Data<BodyBudget>>();
        // Without a server, as in a test of a handler, nothing is counted.
        budget.map_or(Self { budget: None, bytes: 0, first: None, rest: None }, |budget| budget.body())
    }

    /// Takes room for so many more bytes.
    pub fn take(&mut self, bytes: usize) -> Result<(), NoRoom> {
        let Some(budget) = &self.budget else { return Ok(()) };
        let of_first = bytes.min(FIRST.saturating_sub(self.bytes));
        add(&budget.first, of_first, &mut self.first)?;
        add(&budget.rest, bytes - of_first, &mut self.rest)?;
        self.bytes += bytes;
        Ok(())
    }
}

fn add(from: &Arc<Semaphore>, bytes: usize, to: &mut Option<OwnedSemaphorePermit>) -> Result<(), NoRoom> {
    if bytes == 0 {
        return Ok(());
    }
    let count = u32::try_from(bytes).map_err(|_| NoRoom)?;
    let more = from.clone().try_acquire_many_owned(count).map_err(|_| NoRoom)?;
    match to {
        Some(held) => held.merge(more),
        None => *to = Some(more),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const KIB: usize = 1024;

    #[test]
    fn large_bodies_take_what_there_is_for_them_and_leave_room_for_small_ones() {
        let budget = BodyBudget::new(256 * KIB);
        let mut large = Vec::new();
        loop {
            let mut body = budget.body();
            let is_in = body.take(8 * KIB).is_ok() && body.take(104 * KIB).is_ok();
            large.push(body);
            if !is_in {
                break;
            }
        }
        assert_eq!(large.len(), 3, "two of them fit");
        large.pop();

        let mut small = budget.body();
        assert_eq!(small.take(300), Ok(()));
        assert_eq!(budget.body().take(17 * KIB), Err(NoRoom));
        drop(large);
        assert_eq!(budget.body().take(64 * KIB), Ok(()));
    }

    #[test]
    fn what_was_taken_is_given_back_at_the_end_also_of_a_body_that_did_not_fit() {
        let budget = BodyBudget::new(64 * KIB);
        for _ in 0..10 {
            let mut body = budget.body();
            assert_eq!(body.take(40 * KIB), Ok(()));
            assert_eq!(body.take(40 * KIB), Err(NoRoom));
        }
        assert_eq!(budget.first.available_permits() + budget.rest.available_permits(), 64 * KIB);
    }
}
