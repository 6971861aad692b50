//! A place in a listing that is walked from page to page.

use crate::{Page, PartnerError};
use std::collections::HashSet;

/// The place of a walk in a listing. A listing whose cursor dies is begun anew, once; one that goes in a circle proves
/// nothing.
#[derive(Debug, Default)]
pub(crate) struct Place {
    cursor: Option<String>,
    seen: HashSet<String>,
    begun_anew: bool,
}

impl Place {
    /// The cursor of the next page, none for the first.
    pub(crate) fn cursor(&self) -> Option<&str> {
        self.cursor.as_deref()
    }

    /// Moves past the page that was asked for, and hands it on. None: the listing has to be begun anew.
    pub(crate) fn move_past(&mut self, page: Result<Page, PartnerError>) -> Result<Option<Page>, PartnerError> {
        let is_later = self.cursor.is_some();
        let page = page.map_err(|error| if is_later { error.of_later_page() } else { error });
        // A cursor may die once, as when it expires. If it dies again in the second walk, the listing cannot be
        // read.
        if matches!(page, Err(PartnerError::DeadCursor { .. })) && !self.begun_anew {
            *self = Self { begun_anew: true, ..Self::default() };
            return Ok(None);
        }

        let page = page?;
        // A cursor that comes back would make the walk endless.
        if let Some(next) = &page.next_cursor
            && !self.seen.insert(next.clone())
        {
            let reason = "a listing came back to a cursor it had given before, so that nobody knows what is there";
            return Err(PartnerError::Malformed { reason: reason.to_owned() });
        }

        self.cursor.clone_from(&page.next_cursor);
        Ok(Some(page))
    }

    /// Whether the page before was the last one.
    pub(crate) fn is_at_end(&self) -> bool {
        self.cursor.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::unnecessary_wraps, reason = "it stands beside a page that fails")]
    fn page(next: Option<&str>) -> Result<Page, PartnerError> {
        Ok(Page { next_cursor: next.map(str::to_owned), ..Page::default() })
    }

    fn gone() -> Result<Page, PartnerError> {
        Err(PartnerError::MissingEndpoint { path: "/x".to_owned(), status: 410, reason: String::new() })
    }

    #[test]
    fn a_walk_whose_cursor_dies_begins_anew_once() {
        let mut place = Place::default();
        assert!(place.move_past(page(Some("a"))).unwrap().is_some() && !place.is_at_end());
        assert_eq!(place.move_past(gone()), Ok(None));
        assert_eq!(place.cursor(), None);
        assert!(place.move_past(page(Some("a"))).unwrap().is_some(), "the same cursors come again");
        assert!(matches!(place.move_past(gone()), Err(PartnerError::DeadCursor { status: 410, .. })));
    }

    #[test]
    fn a_first_page_that_is_not_there_is_a_missing_endpoint_and_a_circle_proves_nothing() {
        assert!(matches!(Place::default().move_past(gone()), Err(PartnerError::MissingEndpoint { .. })));
        let mut place = Place::default();
        place.move_past(page(Some("a"))).unwrap();
        place.move_past(page(Some("b"))).unwrap();
        assert!(matches!(place.move_past(page(Some("a"))), Err(PartnerError::Malformed { .. })));
    }
}
