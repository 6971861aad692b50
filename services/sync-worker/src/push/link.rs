//! Storing what the partner confirmed, record by record where the database refuses some of it.

use super::handover::gives_up_its_key;
use super::{Confirmed, Outcome};
use crate::failure::{Failure, Step, Together, together_or_apart};
use crate::form::KeptForm;
use crate::run::Run;
use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use storage::records::{links, waiting};
use storage::runs::logs;
use storage::runs::record_errors::NewRecordError;
use storage::{Connection, records, webhooks};

/// What became of the confirmed records.
#[derive(Default)]
pub(super) struct Linked {
    /// Local ids of those whose links were stored.
    pub(super) linked: HashSet<i64>,
    /// Those that the database refuses, and why. One whose link was stored all the same is refused for its copy in the
    /// provider's table; any other stays noted as sent, and is looked for before it is sent again.
    pub(super) refused: Vec<(i64, Failure)>,
}

/// Stores the links of confirmed records and the copies of their Geniacs ids. A record that the provider's table refuses
/// fails alone.
pub(super) async fn link(connection: &mut Connection, run: &Run, outcome: &mut Outcome) -> Result<Linked, Failure> {
    if outcome.confirmed.is_empty() || run.descriptor.append_only {
        let linked = outcome.confirmed.iter().map(|record| record.local_id).collect();
        return Ok(Linked { linked, refused: Vec::new() });
    }

    let linking = Linking { run, reopened: AtomicUsize::new(0) };
    let results = together_or_apart(connection, Step::Store, &linking, &outcome.confirmed).await?;
    outcome.reopened = linking.reopened.into_inner();
    let mut all = Linked::default();
    for (record, result) in outcome.confirmed.iter().zip(results) {
        match result {
            Ok(is_linked) => drop(is_linked && all.linked.insert(record.local_id)),
            Err(failure) => all.refused.push((record.local_id, failure)),
        }
    }

    // Events that were put off or set aside for a value which a record of ours has given up can be applied now.
    let linked = outcome.confirmed.iter().filter(|record| all.linked.contains(&record.local_id));
    let gives_up = |record: &Confirmed| run.key_field().is_some_and(|field| gives_up_its_key(record, field));
    if linked.into_iter().any(gives_up) {
        outcome.reopened += webhooks::retry_duplicates(connection, run.integration_id, run.entity, 0.0).await?;
    }

    let copies: Vec<(i64, String)> = outcome
        .confirmed
        .iter()
        .filter(|record| all.linked.contains(&record.local_id))
        .filter_map(|record| Some((record.local_id, record.geniacs_id.clone()?)))
        .collect();
    let copying = Copying { run, held: AtomicUsize::new(0) };
    let results = together_or_apart(connection, Step::Store, &copying, &copies).await?;
    let refused = copies.iter().zip(results).filter_map(|((id, _), result)| Some((*id, result.err()?)));
    all.refused.extend(refused);
    outcome.warnings.extend(not_copied(copying.held.into_inner()));
    Ok(all)
}

/// Stores the link of one record that the partner has taken on the way, before its chunk is settled.
pub(super) async fn link_one(connection: &mut Connection, run: &Run, record: &Confirmed) -> Result<(), Failure> {
    let linking = Linking { run, reopened: AtomicUsize::new(0) };
    linking.together(connection, std::slice::from_ref(record)).await?;
    Ok(())
}

/// Storing links and all that follows from them on our own side.
struct Linking<'a> {
    run: &'a Run,
    /// Events that go on because of the records that were linked.
    reopened: AtomicUsize,
}

impl Together for Linking<'_> {
    type Item = Confirmed;
    type Made = bool;

    async fn together(&self, connection: &mut Connection, records: &[Confirmed]) -> Result<Vec<bool>, Failure> {
        let (integration_id, entity) = (self.run.integration_id, self.run.entity);
        let links_new = records.iter().any(|r| r.newly_linked && r.geniacs_id.is_some());
        if links_new {
            // An event that has just found no record of this id has ended by then, and is opened again.
            links::lock_incoming(connection, integration_id, entity).await?;
        }

        let read: Vec<_> = records.iter().map(|record| (record.local_id, record.synced_at)).collect();
        let news = links::learned_since(connection, integration_id, entity, &read).await?;
        let news: HashMap<i64, links::Learned> = news.into_iter().map(|news| (news.local_id, news)).collect();
        let beside: Vec<Option<KeptForm>> =
            records.iter().map(|record| record.beside_news(news.get(&record.local_id)?)).collect();

        let confirmed: Vec<links::Confirmed<'_>> =
            records.iter().zip(&beside).map(|(record, beside)| record.link(beside.as_ref())).collect();
        let linked: HashSet<i64> =
            links::confirm(connection, integration_id, entity, &confirmed).await?.into_iter().collect();

        let pairs: Vec<(i64, &str)> = records
            .iter()
            .filter(|r| linked.contains(&r.local_id))
            .filter_map(|r| Some((r.local_id, r.geniacs_id.as_deref()?)))
            .collect();
        waiting::target_linked(connection, integration_id, entity, &pairs).await?;

        if links_new {
            let geniacs_ids: Vec<&str> = pairs.iter().map(|(_, geniacs_id)| *geniacs_id).collect();
            let reopened = webhooks::reopen_for(connection, integration_id, entity, &geniacs_ids).await?;
            self.reopened.fetch_add(reopened, Ordering::Relaxed);
        }

        let upserted: Vec<i64> = records.iter().filter(|r| !r.deleted).map(|r| r.local_id).collect();
        records::leave_tombstones(connection, self.run.descriptor, &upserted).await?;

        Ok(records.iter().map(|r| linked.contains(&r.local_id)).collect())
    }
}

/// Copying Geniacs ids into the provider's table, whose triggers may refuse it.
struct Copying<'a> {
    run: &'a Run,
    /// Rows that another transaction holds.
    held: AtomicUsize,
}

impl Together for Copying<'_> {
    type Item = (i64, String);
    type Made = ();

    async fn together(&self, connection: &mut Connection, copies: &[(i64, String)]) -> Result<Vec<()>, Failure> {
        let (ids, geniacs_ids): (Vec<i64>, Vec<&str>) = copies.iter().map(|(id, copy)| (*id, copy.as_str())).unzip();
        let held = records::copy_geniacs_ids(connection, self.run.descriptor, &ids, &geniacs_ids).await?;
        self.held.fetch_add(held.len(), Ordering::Relaxed);
        Ok(vec![(); copies.len()])
    }
}

/// A transaction of the provider's may hold a row for minutes. The link is what counts; the copy follows with the record's
/// next change.
fn not_copied(held: usize) -> Option<logs::Entry> {
    let message = format!(
        "the Geniacs ids of {held} records were not copied into their table: other transactions held the rows; they \
         follow with the records' next change"
    );
    (held > 0).then(|| logs::Entry { level: "info", message, ..logs::Entry::default() })
}

/// Confirmed records that count as failed all the same: the database refuses them, or their Geniacs id belongs to another
/// record already.
pub(super) fn failures(outcome: &Outcome, all: &Linked) -> (domain::Counts, Vec<NewRecordError>) {
    let mut counts = outcome.counts;
    let mut errors = outcome.errors.clone();

    for record in &outcome.confirmed {
        let refused = all.refused.iter().find(|(id, _)| *id == record.local_id);
        let (error_type, field, message) = match refused {
            Some((_, failure)) => (failure.error_type(), failure.field(), failure.refusal()),
            None if all.linked.contains(&record.local_id) => continue,
            None => {
                let message = "Geniacs answered with the id of a record that is linked to another one here";
                ("duplicate_geniacs_id", None, message.to_owned())
            }
        };

        *(record.counted)(&mut counts) -= 1;
        counts.failed += 1;
        errors.push(NewRecordError {
            record_id: Some(record.local_id),
            geniacs_id: record.geniacs_id.clone(),
            error_type: error_type.to_owned(),
            field,
            message,
            retryable: false,
        });
    }

    (counts, errors)
}
