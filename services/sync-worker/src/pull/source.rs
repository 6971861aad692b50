//! Where the pages of a pull come from: the listing, the records that were named, or those that were missing.

use crate::failure::{DUPLICATE_VALUE, Failure};
use crate::plan::{self, Phase, Walk};
use crate::run::Run;
use domain::run_mode::{FailedRecords, Source};
use domain::sync::RecordKey;
use geniacs::{Client, Lookup, Page, PageRequest, PartnerError};
use std::collections::HashSet;
use storage::records::{links, missing};
use storage::runs::syncs;
use storage::runs::{plan_items, record_errors};
use storage::{Pool, pool};

/// Records that are applied once more, each of which is asked for by its id.
const MOST_AGAIN: i64 = 500;

/// The pages of a pull, one after the other.
pub(super) struct Pages<'a> {
    pool: &'a Pool,
    run: &'a Run,
    client: Client,
    cursor: Option<String>,
    /// Cursors met in this stretch: a listing that comes back to one would never end.
    seen: HashSet<String>,
    /// Whether the listing was begun anew because its cursor had died. That helps once.
    begun_anew: bool,
    ended: bool,
    phase: Phase,
    /// A moment before the requests, by the database's clock in microseconds since 1970.
    asked_at: i64,
}

impl<'a> Pages<'a> {
    pub(super) fn new(pool: &'a Pool, run: &'a Run, client: Client, walk: &Walk) -> Self {
        let (cursor, ended, phase) = (walk.cursor.clone(), walk.complete, walk.phase);
        let (seen, begun_anew, asked_at) = (HashSet::new(), walk.begun_anew, walk.asked_at);
        Self { pool, run, client, cursor, seen, begun_anew, ended, phase, asked_at }
    }

    /// The next page, none at the end.
    pub(super) async fn next(&mut self) -> Result<Option<Page>, Failure> {
        if self.ended {
            return Ok(None);
        }

        let page = match self.phase {
            Phase::MissingHere => self.missing().await?,
            Phase::PullAgain => self.again().await?,
            Phase::Pull | Phase::Push => match &self.run.frozen.source {
                Source::Planned(plan_of) => self.planned(*plan_of).await?,
                Source::Failed(failed) => self.failed(failed).await?,
                Source::Filtered(filters) if !filters.ids.is_empty() => self.filtered(&filters.ids).await?,
                Source::Everything | Source::Filtered(_) => self.next_listed().await?,
            },
        };

        Ok(Some(page))
    }

    /// The next page of the listing. One whose cursor has died is begun anew, once.
    async fn next_listed(&mut self) -> Result<Page, Failure> {
        let page = match self.listed().await {
            Err(PartnerError::DeadCursor { .. }) if !self.begun_anew => {
                tracing::info!(sync_id = self.run.sync_id, "the cursor of the listing has died; it is begun anew");
                self.begun_anew = true;
                self.cursor = None;
                // A listing that is begun anew may give the same cursors again.
                self.seen.clear();
                self.listed().await
            }
            page => page,
        }?;

        if let Some(next) = &page.next_cursor
            && !self.seen.insert(next.clone())
        {
            let message =
                "the listing of Geniacs came back to a cursor it had given before; what it shows is incomplete";
            return Err(Failure::fatal("cursor_loop", message));
        }
        self.cursor.clone_from(&page.next_cursor);
        self.ended = page.next_cursor.is_none();
        Ok(page)
    }

    /// The page of the listing at the cursor.
    async fn listed(&self) -> Result<Page, PartnerError> {
        let request = PageRequest {
            limit: self.run.frozen.settings.batch_size,
            cursor: self.cursor.as_deref(),
            updated_since: self.run.frozen.updated_since,
        };
        self.client.page(self.run.entity, &request).await
    }

    pub(super) fn begun_anew(&self) -> bool {
        self.begun_anew
    }

    pub(super) fn is_last(&self, page: &Page) -> bool {
        self.ended || page.next_cursor.is_none()
    }

    /// A page of the records with which a plan has something to do here, as Geniacs has them now, or deleted; its cursor
    /// is the last item's number.
    async fn planned(&mut self, plan_of: i64) -> Result<Page, Failure> {
        let after = self.cursor.as_deref().and_then(|cursor| cursor.parse().ok()).unwrap_or_default();
        let limit = self.run.frozen.settings.batch_size.max(1);

        let mut connection = pool::get(self.pool).await?;
        let items = plan_items::to_pull(&mut connection, plan_of, after, i64::from(limit)).await?;
        // The partner may take long to answer, and must not keep a connection meanwhile.
        drop(connection);

        let is_last = items.len() < usize::try_from(limit).unwrap_or(usize::MAX);
        let mut ids: Vec<String> = items.iter().filter_map(|item| item.geniacs_id.clone()).collect();
        ids.sort_unstable();
        ids.dedup();

        let mut page = self.present_or_deleted(&ids).await?;

        page.next_cursor = items.last().filter(|_| !is_last).map(|item| item.id.to_string());
        self.cursor.clone_from(&page.next_cursor);
        self.ended = is_last;
        Ok(page)
    }

    /// The records that the filters name: by their Geniacs ids, or in a run both ways by the links of their local ones.
    async fn filtered(&mut self, named: &[RecordKey]) -> Result<Page, Failure> {
        self.ended = true;
        let mut ids: Vec<String> = plan::geniacs_ids(named).into_iter().map(str::to_owned).collect();

        let local: Vec<i64> = named.iter().filter_map(plan::local_id).collect();
        if !local.is_empty() {
            let mut connection = pool::get(self.pool).await?;
            let (integration_id, entity) = (self.run.integration_id, self.run.entity);
            ids.extend(links::geniacs_ids(&mut connection, integration_id, entity, &local).await?);
        }

        ids.sort_unstable();
        ids.dedup();
        self.named(&ids).await
    }

    /// A page of linked records that the listing has not shown, as Geniacs has them now, or deleted.
    async fn missing(&mut self) -> Result<Page, Failure> {
        let (after, limit) = (self.cursor.as_deref().unwrap_or_default(), self.run.frozen.settings.batch_size.max(1));

        let mut connection = pool::get(self.pool).await?;
        let Run { descriptor, integration_id, sync_id, .. } = self.run;
        let ids =
            missing::unseen(&mut connection, descriptor, *integration_id, *sync_id, after, i64::from(limit)).await?;
        drop(connection);

        let is_last = ids.len() < usize::try_from(limit).unwrap_or(usize::MAX);
        let mut page = self.present_or_deleted(&ids).await?;

        page.next_cursor = ids.last().filter(|_| !is_last).cloned();
        self.cursor.clone_from(&page.next_cursor);
        self.ended = is_last;
        Ok(page)
    }

    /// A page of the records that needed unique values which others held. Those that Geniacs does not show stay as they are.
    async fn again(&mut self) -> Result<Page, Failure> {
        self.ended = true;
        let mut connection = pool::get(self.pool).await?;
        let ids = record_errors::pulled_with(&mut connection, self.run.sync_id, DUPLICATE_VALUE, MOST_AGAIN).await?;
        drop(connection);
        let mut page = Page::default();
        self.ask_for(&ids, |_, lookup| page.records.extend(lookup.record())).await?;
        Ok(page)
    }

    /// A page of the records that failed in another pull; its cursor is the last one's Geniacs id.
    async fn failed(&mut self, failed: &FailedRecords) -> Result<Page, Failure> {
        let mut connection = pool::get(self.pool).await?;
        let (after, limit) = (self.cursor.as_deref().unwrap_or_default(), self.run.frozen.settings.batch_size.max(1));

        let ids = syncs::failed_geniacs_ids(&mut connection, failed, after, i64::from(limit)).await?;
        drop(connection);

        let is_last = ids.len() < usize::try_from(limit).unwrap_or(usize::MAX);
        let mut page = self.named(&ids).await?;

        page.next_cursor = ids.last().filter(|_| !is_last).cloned();
        self.cursor.clone_from(&page.next_cursor);
        self.ended = is_last;
        Ok(page)
    }

    async fn named(&self, ids: &[String]) -> Result<Page, Failure> {
        let mut page = Page::default();
        self.ask_for(ids, |id, lookup| match lookup {
            Lookup::Found(record) => page.records.push(record),
            Lookup::Gone { other_id: None } => page.malformed.push(format!("Geniacs has no record {id}")),
            Lookup::Gone { other_id: Some(other) } => {
                page.malformed.push(format!("Geniacs has no record {id} any more; asked for it, it shows {other}"));
            }
            Lookup::Unknown(reason) => page.malformed.push(format!("record {id}: {reason}")),
        })
        .await?;
        Ok(page)
    }

    /// Records as Geniacs has them now, those that it does not have as deleted. One of which nobody knows is neither.
    async fn present_or_deleted(&self, ids: &[String]) -> Result<Page, Failure> {
        let mut page = Page::default();
        self.ask_for(ids, |id, lookup| match lookup {
            Lookup::Found(record) => page.records.push(record),
            Lookup::Gone { other_id } => {
                if let Some(other) = other_id {
                    page.notices.push(format!(
                        "Geniacs has no record {id} any more: asked for it, it shows {other}, as after a merge of the two"
                    ));
                }
                page.records.push(super::missing::deleted(id, self.asked_at));
            }
            Lookup::Unknown(reason) => page.malformed.push(format!("record {id}: {reason}")),
        })
        .await?;
        Ok(page)
    }

    /// Asks for single records, and hands over what each comes to.
    async fn ask_for(&self, ids: &[String], mut take: impl FnMut(&str, Lookup)) -> Result<(), Failure> {
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let lookups = self.client.get_each(self.run.entity, &ids).await?;
        ids.iter().zip(lookups).for_each(|(id, lookup)| take(id, lookup));
        Ok(())
    }
}
