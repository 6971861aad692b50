//! Writing rows together. One that the database refuses is found by halving, under savepoints, and stands alone.

use super::Target;
use crate::failure::{Failure, Together, together_or_apart};
use std::collections::HashMap;
use std::marker::PhantomData;
use storage::records::{self, Insert, Update, Written};
use storage::{Connection, Error};

/// A row that can be written together with others of its kind.
pub(super) trait Row: Sized + Send + Sync {
    /// What the database makes of it.
    type Made: Send;

    /// Writes rows in one statement, and answers in their order.
    fn write(
        connection: &mut Connection,
        target: &Target<'_>,
        rows: &[Self],
    ) -> impl Future<Output = storage::Result<Vec<Self::Made>>> + Send;
}

/// Writes rows, and tells for each what was made of it or why it was refused.
pub(super) async fn write<R: Row>(
    connection: &mut Connection,
    target: &Target<'_>,
    rows: &[R],
) -> Result<Vec<Result<R::Made, Failure>>, Failure> {
    together_or_apart(connection, target.step(), &Writing { target, rows: PhantomData }, rows).await
}

/// Writing rows of one kind to a target.
struct Writing<'a, R> {
    target: &'a Target<'a>,
    rows: PhantomData<fn(R)>,
}

impl<R: Row> Together for Writing<'_, R> {
    type Item = R;
    type Made = R::Made;

    async fn together(&self, connection: &mut Connection, rows: &[R]) -> Result<Vec<R::Made>, Failure> {
        Ok(R::write(connection, self.target, rows).await?)
    }
}

impl Row for Insert {
    type Made = Written;

    async fn write(connection: &mut Connection, target: &Target<'_>, rows: &[Self]) -> storage::Result<Vec<Written>> {
        records::insert(connection, target.descriptor, target.columns(), rows).await
    }
}

impl Row for Update {
    type Made = Written;

    async fn write(connection: &mut Connection, target: &Target<'_>, rows: &[Self]) -> storage::Result<Vec<Written>> {
        let written = records::update(connection, target.descriptor, target.columns(), rows).await?;
        // An UPDATE answers in its own order.
        let mut by_id: HashMap<i64, Written> = written.into_iter().map(|row| (row.id, row)).collect();
        rows.iter().map(|row| by_id.remove(&row.id).ok_or(Error::NotFound)).collect()
    }
}
