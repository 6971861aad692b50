//! Doing something with several records at once in a transaction, and finding those that the database refuses.

use super::{Failure, Follows, Step, Work, follows};
use storage::{AsyncConnection, Connection};

/// Something that is done with several items in one set of statements.
pub(crate) trait Together: Sync {
    /// What it is done with.
    type Item: Sync;
    /// What comes of each.
    type Made: Send;

    /// Does it, and answers in the order of the items.
    fn together(
        &self,
        connection: &mut Connection,
        items: &[Self::Item],
    ) -> impl Future<Output = Result<Vec<Self::Made>, Failure>> + Send;
}

/// Does it with all items together. What fails for what the items hold is done again with halves of them, until those that
/// are refused stand alone, each with its reason. Each try is a savepoint of the caller's transaction. What passes by
/// itself, or is no item's fault, fails the whole.
pub(crate) async fn together_or_apart<W: Together>(
    connection: &mut Connection,
    step: Step,
    work: &W,
    items: &[W::Item],
) -> Result<Vec<Result<W::Made, Failure>>, Failure> {
    let mut results = Vec::with_capacity(items.len());
    // The part on top is always the one that begins where the results end.
    let mut parts = vec![items];
    while let Some(part) = parts.pop().filter(|part| !part.is_empty()) {
        let tried = connection.transaction(async |connection| work.together(connection, part).await).await;
        let failure = match tried {
            Ok(made) => {
                results.extend(made.into_iter().map(Ok));
                continue;
            }
            Err(failure) => failure,
        };

        // Within one transaction there is no later attempt.
        match follows(&failure, Work { step, several: part.len() > 1, is_last: true }) {
            Follows::Split => {
                let (first, second) = part.split_at(part.len() / 2);
                parts.push(second);
                parts.push(first);
            }
            Follows::FailRecord => results.push(Err(failure)),
            _ => return Err(failure),
        }
    }
    Ok(results)
}
