//! Reading the log from its oldest entry to its newest, up to the first that is not as it was written.

use crate::{AuditChain, BATCH, ChainError, RESTARTED, encoding};
use secrets::{ExposeSecret as _, SecretString};
use serde::Serialize;
use std::fmt::{self, Display, Formatter};
use std::str::FromStr;
use storage::Connection;
use storage::people::audit::{self, Head, Row};

/// What is wrong first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Problem {
    /// An entry does not fit its signature.
    #[error("entry {number} (row {id}) was changed, or is not the one that was written there")]
    Changed {
        /// Its number in the chain.
        number: i64,
        /// Its row.
        id: i64,
    },
    /// A number is not there.
    #[error("entry {number} is missing")]
    Missing {
        /// The first number that is missing.
        number: i64,
    },
    /// A row stands in the log that nobody signed.
    #[error("row {id} is not part of the chain: it was inserted by something that does not sign")]
    Inserted {
        /// The row.
        id: i64,
    },
    /// The row that says where the chain begins and ends is gone.
    #[error("the row that says where the log begins and ends (table audit_chain) was deleted")]
    EndsMissing,
    /// The chain went on behind something that did not fit.
    #[error(
        "entry {number} says that the log was continued after its beginning or end (table audit_chain) was changed"
    )]
    Restarted {
        /// The entry that says so.
        number: i64,
    },
    /// The row that says where the chain begins and ends does not fit its signature.
    #[error("the beginning or the end of the log (table audit_chain) was changed")]
    EndsChanged,
    /// An entry that was noted earlier is no longer in the log.
    #[error("the log does not hold entry {number} as it was noted: it was put back to an earlier state, or rewritten")]
    NotAsNoted {
        /// The number that was noted.
        number: i64,
    },
}

/// An entry's number and signature, as a [`Report`] gave them earlier. Written `<number>:<hex>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Noted {
    number: i64,
    mac: Vec<u8>,
}

/// A text that is no [`Noted`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected <number>:<signature in hex>, as an earlier verification printed it")]
pub struct NotNoted;

impl FromStr for Noted {
    type Err = NotNoted;

    fn from_str(text: &str) -> Result<Self, NotNoted> {
        let (number, mac) = text.split_once(':').ok_or(NotNoted)?;
        Ok(Self { number: number.parse().map_err(|_| NotNoted)?, mac: hex::decode(mac).map_err(|_| NotNoted)? })
    }
}

impl Display for Noted {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.number, hex::encode(&self.mac))
    }
}

/// The result of a verification.
#[derive(Debug, Clone)]
pub struct Report {
    /// Entries that are as they were written.
    pub checked: i64,
    /// Older entries, from before there was a chain: nobody can tell whether they were changed.
    pub unchained: i64,
    /// The last number that retention took away; 0 if it took none.
    pub removed_upto: i64,
    /// The newest entry: note it, to ask for it later.
    pub head: Noted,
    /// What is wrong first.
    pub problem: Option<Problem>,
}

impl Report {
    fn without_ends() -> Self {
        let head = Noted { number: 0, mac: Vec::new() };
        Self { checked: 0, unchained: 0, removed_upto: 0, head, problem: Some(Problem::EndsMissing) }
    }
}

impl AuditChain {
    /// Reads the whole log, a stretch at a time, as it is at one moment. `noted` must still be in it.
    pub async fn verify(&self, connection: &mut Connection, noted: Option<&Noted>) -> Result<Report, ChainError> {
        connection
            .build_transaction()
            // Entries that are written meanwhile must not look like changes.
            .repeatable_read()
            .read_only()
            .run(async |connection| {
                let Some(head) = audit::head(connection).await? else { return Ok(Report::without_ends()) };
                let key = self.key(&head)?;

                let mut walk = LogWalk::new(head, key, noted.cloned());
                let problem = walk.read_on(connection).await?;
                Ok(walk.report(problem))
            })
            .await
    }
}

struct LogWalk {
    head: Head,
    key: Option<SecretString>,
    noted: Option<Noted>,
    /// How many unsigned entries there may be; none where that was never noted.
    most_unchained: Option<i64>,
    seq: i64,
    mac: Vec<u8>,
    checked: i64,
    unchained: i64,
}

impl LogWalk {
    fn new(head: Head, key: Option<SecretString>, noted: Option<Noted>) -> Self {
        let (seq, mac) = (head.anchor_seq, head.anchor_mac.clone());
        // They are older than all others, so that retention took them first.
        let most_unchained = if head.anchor_seq > 0 { Some(0) } else { head.older_entries };
        Self { head, key, noted, most_unchained, seq, mac, checked: 0, unchained: 0 }
    }

    async fn read_on(&mut self, connection: &mut Connection) -> Result<Option<Problem>, storage::Error> {
        let mut after = 0;
        loop {
            let rows = audit::stretch(connection, after, 0, BATCH).await?;
            let Some(last) = rows.last() else { return Ok(self.end()) };
            after = last.id;

            if let Some(problem) = rows.iter().find_map(|row| self.step(row)) {
                return Ok(Some(problem));
            }
        }
    }

    fn step(&mut self, row: &Row) -> Option<Problem> {
        // Entries from before the chain have no number and no signature.
        let (Some(number), Some(mac)) = (row.seq, &row.mac) else {
            // Without a key no chain has begun.
            let is_older = self.key.is_none() || row.id <= self.head.starts_after;
            self.unchained += i64::from(is_older);

            // No more entries than the signed number may stand before the chain, or somebody added some there.
            let is_too_many = self.most_unchained.is_some_and(|most| self.unchained > most);
            return (!is_older || is_too_many).then_some(Problem::Inserted { id: row.id });
        };

        let expected = self.seq + 1;
        if number > expected {
            return Some(Problem::Missing { number: expected });
        }

        // An entry with the right number and a wrong signature was changed; one with a smaller number stands in the
        // wrong place.
        let fits = number == expected && self.sign(number, row).is_some_and(|signed| signed.as_slice() == mac);
        if !fits {
            return Some(Problem::Changed { number, id: row.id });
        }

        self.seq = number;
        mac.clone_into(&mut self.mac);
        self.checked += 1;

        if row.action() == Some(RESTARTED) {
            return Some(Problem::Restarted { number });
        }
        // An earlier verification may have noted this entry with another signature: then the whole log was put
        // back.
        self.is_not_as_noted().then_some(Problem::NotAsNoted { number })
    }

    fn sign(&self, number: i64, row: &Row) -> Option<[u8; 32]> {
        let key = self.key.as_ref()?;
        Some(encoding::sign_entry(key.expose_secret(), &self.mac, number, &row.fields))
    }

    fn is_not_as_noted(&self) -> bool {
        self.noted.as_ref().is_some_and(|noted| noted.number == self.seq && noted.mac != self.mac)
    }

    fn end(&self) -> Option<Problem> {
        if self.seq < self.head.seq {
            return Some(Problem::Missing { number: self.seq + 1 });
        }

        let is_at_the_end = (self.seq, &self.mac) == (self.head.seq, &self.head.mac);
        if !is_at_the_end || !self.ends_fit() {
            return Some(Problem::EndsChanged);
        }

        let beyond = self.noted.as_ref().filter(|noted| noted.number > self.seq);
        beyond.map(|noted| Problem::NotAsNoted { number: noted.number })
    }

    /// Whether the row that was read fits its signatures. A blank one fits only where no chain has ever begun.
    fn ends_fit(&self) -> bool {
        let Some(key) = &self.key else { return self.head.is_blank() && !self.head.has_begun };
        let key = key.expose_secret();

        let head_fits = encoding::sign_head(key, &self.head).as_slice() == self.head.head_mac;
        let older_fit = match (self.head.older_entries, &self.head.older_mac) {
            (Some(entries), Some(mac)) => encoding::sign_older(key, self.head.starts_after, entries).as_slice() == mac,
            // Begun by an earlier version, and nothing has looked at it since.
            (None, None) => !self.head.has_begun,
            _ => false,
        };

        head_fits && older_fit
    }

    fn report(self, problem: Option<Problem>) -> Report {
        Report {
            checked: self.checked,
            unchained: self.unchained,
            removed_upto: self.head.anchor_seq,
            head: Noted { number: self.seq, mac: self.mac },
            problem,
        }
    }
}
