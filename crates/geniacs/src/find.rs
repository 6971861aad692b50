//! Looking records up by their local ids, so that what is not found is not there: the answer to a request whose outcome
//! nobody knows.

use crate::place::Place;
use crate::{Client, Page, PageRequest, PartnerError, Record};
use domain::EntityType;
use std::collections::HashSet;
use std::time::Duration;
use tokio::time::sleep;

/// Records of a page when a whole listing is walked.
pub(crate) const WALK_LIMIT: u32 = 1_000;
/// How often a page of such a walk is asked for before the walk is given up; to begin anew would waste what was seen.
const TRIES: u32 = 6;
/// The longest that a walk waits for its next page to be let through: a little more than a minute's rate window.
const PATIENCE: Duration = Duration::from_secs(70);

impl Client {
    /// How many records one look-up by `external_id` may name.
    pub const MOST_EXTERNAL_IDS: usize = 100;

    /// The partner's records with these local ids. One that is not among them is not there: a partner that ignores the
    /// parameter `external_id`, as its answer tells by showing others, is walked from end to end, page by page, until all
    /// are found. An error where neither can be told.
    pub async fn find(&self, entity: EntityType, external_ids: &[i64]) -> Result<Vec<Record>, PartnerError> {
        let mut search = Search::new(external_ids);
        for ids in external_ids.chunks(Self::MOST_EXTERNAL_IDS) {
            if !self.find_named(entity, ids, &mut search).await? {
                self.find_in_listing(entity, &mut search).await?;
                break;
            }
        }
        Ok(search.found)
    }

    /// Asks for up to a hundred records by name. False: the partner shows others too.
    async fn find_named(&self, entity: EntityType, ids: &[i64], search: &mut Search) -> Result<bool, PartnerError> {
        let names: Vec<String> = ids.iter().map(i64::to_string).collect();
        let mut place = Place::default();

        loop {
            let page = self.named_page(entity, &names, place.cursor()).await;
            let Some(page) = place.move_past(page)? else { continue };
            if !search.take(page) {
                return Ok(false);
            }
            if place.is_at_end() {
                break;
            }
        }

        // The absence of a record is proved only by a listing that ended as it should.
        search.ended(ids.iter().all(|id| search.has(*id)))?;
        Ok(true)
    }

    /// A page of the records with these external ids.
    pub(crate) async fn named_page(
        &self,
        entity: EntityType,
        names: &[String],
        cursor: Option<&str>,
    ) -> Result<Page, PartnerError> {
        let mut url = self.endpoints().url(&self.endpoints().entity_path(entity));
        url.set_query(Some(&format!("external_id={}", names.join(","))));
        if let Some(cursor) = cursor {
            url.query_pairs_mut().append_pair("cursor", cursor);
        }
        self.listed(entity, url).await
    }

    async fn find_in_listing(&self, entity: EntityType, search: &mut Search) -> Result<(), PartnerError> {
        let mut place = Place::default();
        while !search.has_all() {
            let request = PageRequest { limit: WALK_LIMIT, cursor: place.cursor(), updated_since: None };
            let page = self.patient_page(entity, &request).await;

            let Some(page) = place.move_past(page)? else { continue };
            search.take(page);

            if place.is_at_end() {
                return search.ended(search.has_all());
            }
        }
        Ok(())
    }

    /// A page of a walk, asked for again where that may help. The first page has nothing to lose.
    pub(crate) async fn patient_page(
        &self,
        entity: EntityType,
        request: &PageRequest<'_>,
    ) -> Result<Page, PartnerError> {
        let mut tries = 1;

        loop {
            let error = match self.page(entity, request).await {
                Ok(page) => return Ok(page),
                Err(error) => error,
            };

            let pause = error.retry_after().unwrap_or(Duration::from_millis(100) * 2_u32.pow(tries));
            // Without a cursor no page has been read yet, so the caller can try as well as this loop.
            if request.cursor.is_none() || !error.is_retryable() || tries == TRIES || pause > PATIENCE {
                return Err(error);
            }

            sleep(pause).await;
            tries += 1;
        }
    }
}

/// The ids that are looked for, and the records that were found.
struct Search {
    wanted: HashSet<String>,
    /// Those among the wanted that are there, and not as deleted ones.
    live: HashSet<String>,
    found: Vec<Record>,
    unreadable: bool,
}

impl Search {
    fn new(external_ids: &[i64]) -> Self {
        let wanted = external_ids.iter().map(i64::to_string).collect();
        Self { wanted, live: HashSet::new(), found: Vec::new(), unreadable: false }
    }

    /// Takes what is wanted from a page. False: it shows other records too.
    fn take(&mut self, page: Page) -> bool {
        let shown = page.records.len();
        let before = self.found.len();
        let mut repeated = 0;
        self.unreadable |= !page.malformed.is_empty();

        for record in page.records {
            let Some(id) = record.external_id.as_ref().filter(|id| self.wanted.contains(*id)) else { continue };
            // A listing that changes while it is walked may show a record on two pages.
            if self.found.iter().any(|known| known.geniacs_id == record.geniacs_id) {
                repeated += 1;
                continue;
            }

            if !record.deleted {
                self.live.insert(id.clone());
            }
            self.found.push(record);
        }

        self.found.len() - before + repeated == shown
    }

    fn has(&self, external_id: i64) -> bool {
        self.live.contains(&external_id.to_string())
    }

    fn has_all(&self) -> bool {
        self.live.len() == self.wanted.len()
    }

    /// The end of an answer proves that what it does not show is not there, unless part of it could not be read.
    fn ended(&self, found_all: bool) -> Result<(), PartnerError> {
        if self.unreadable && !found_all {
            let reason = "it holds records that cannot be read, and a record that is looked for may be one of them";
            return Err(PartnerError::Malformed { reason: reason.to_owned() });
        }
        Ok(())
    }
}
