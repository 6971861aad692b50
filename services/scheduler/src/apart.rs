//! Things of one task that are dealt with one after the other: trouble with one of them does not stop the others.
//!
//! A row that nobody foresaw (settings that cannot be read, a trigger that refuses) would otherwise be the first in every
//! round, and nothing behind it would have its turn.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use domain::EntityType;
use storage::sqlstate;

use crate::metrics;

/// The first rest of something that failed; it doubles with each further failure.
const FIRST_REST: Duration = Duration::from_mins(1);
const LONGEST_REST: Duration = Duration::from_hours(1);

/// The number of a schedule, a sync or an integration; of the last with its entity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct TaskSubject(pub(crate) i64, pub(crate) Option<EntityType>);

/// The things that failed and rest, by task.
#[derive(Debug, Clone, Default)]
pub(crate) struct Apart(Arc<Mutex<HashMap<(&'static str, TaskSubject), Rest>>>);

#[derive(Debug, Clone, Copy)]
struct Rest {
    failures: u32,
    until: Instant,
}

impl Apart {
    /// Deals with one thing, unless it rests. Its own failure is counted and told, and it rests; only one that meets every
    /// other thing as well, such as a database that is away, is an error. Nothing comes of what rests or failed.
    pub(crate) async fn run<T>(
        &self,
        task: &'static str,
        thing: TaskSubject,
        work: impl Future<Output = anyhow::Result<T>>,
    ) -> anyhow::Result<Option<T>> {
        if self.rests(task, thing) {
            return Ok(None);
        }

        match work.await {
            Ok(done) => {
                self.lock().remove(&(task, thing));
                Ok(Some(done))
            }
            Err(error) if is_its_own(&error) => {
                self.rest(task, thing, &error);
                Ok(None)
            }
            // A failure that meets every thing, such as a database that is away, ends the round.
            Err(error) => Err(error),
        }
    }

    /// The things of a task that rest now.
    pub(crate) fn resting(&self, task: &'static str) -> Vec<i64> {
        let now = Instant::now();
        self.lock()
            .iter()
            .filter(|((of, _), rest)| *of == task && rest.until > now)
            .map(|((_, thing), _)| thing.0)
            .collect()
    }

    /// Counts and tells a failure, and lets the thing rest.
    pub(crate) fn rest(&self, task: &'static str, thing: TaskSubject, error: &anyhow::Error) {
        let mut all = self.lock();
        let failures = all.get(&(task, thing)).map_or(0, |rest| rest.failures) + 1;
        let rest = FIRST_REST.saturating_mul(1 << (failures - 1).min(10)).min(LONGEST_REST);

        all.insert((task, thing), Rest { failures, until: Instant::now() + rest });
        drop(all);

        metrics::failed_thing(task);

        let (TaskSubject(id, entity), error, seconds) = (thing, format!("{error:#}"), rest.as_secs());
        let entity = entity.map(EntityType::as_str);
        tracing::error!(
            task,
            id,
            entity,
            error,
            failures,
            seconds,
            "this one failed; the others go on, and it is tried again"
        );
    }

    fn rests(&self, task: &'static str, thing: TaskSubject) -> bool {
        self.lock().get(&(task, thing)).is_some_and(|rest| rest.until > Instant::now())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<(&'static str, TaskSubject), Rest>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether an error says something of the thing alone. One that passes by itself meets the others as well.
pub(crate) fn is_its_own(error: &anyhow::Error) -> bool {
    error.chain().find_map(|cause| cause.downcast_ref::<storage::Error>()).is_some_and(|error| {
        // A connection that could not be had at all is no database error.
        sqlstate::passing(error).is_none()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own() -> anyhow::Error {
        storage::Error::NotFound.into()
    }

    #[tokio::test]
    async fn a_failing_thing_rests_and_the_others_go_on() -> anyhow::Result<()> {
        let apart = Apart::default();
        assert_eq!(apart.run("ticks", TaskSubject(1, None), async { Err::<(), _>(own()) }).await?, None);
        assert_eq!(apart.run("ticks", TaskSubject(1, None), async { Ok(1) }).await?, None, "it rests");
        assert_eq!(apart.run("ticks", TaskSubject(2, None), async { Ok(2) }).await?, Some(2));
        assert_eq!(apart.run("intervals", TaskSubject(1, None), async { Ok(3) }).await?, Some(3), "another task");
        assert_eq!(apart.resting("ticks"), [1]);
        Ok(())
    }

    #[tokio::test]
    async fn a_failure_that_is_not_its_own_ends_the_round() {
        let apart = Apart::default();
        let away = || storage::Error::BrokenTransactionManager.into();
        assert!(apart.run("ticks", TaskSubject(1, None), async { Err::<(), _>(away()) }).await.is_err());
        assert!(
            apart
                .run("ticks", TaskSubject(1, None), async { Err::<(), _>(anyhow::anyhow!("no connection")) })
                .await
                .is_err()
        );
        assert!(apart.resting("ticks").is_empty());
    }
}
