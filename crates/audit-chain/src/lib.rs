//! The audit log, chained: each entry is signed together with the signature before it, so that nobody who has only the
//! database can change, insert, swap or take away one unnoticed.
//!
//! The signing key is 256 random bits, made with the first entry and kept in the database, sealed by the key ring. A
//! signature covers every column as PostgreSQL writes it, each behind its length. The newest entry and the last one that
//! retention took away are signed too, so that a tail or a beginning that was cut off is missed.
//!
//! Rows alone cannot begin the log anew. An entry is added only behind a chain row that fits its signature; otherwise an
//! entry [`RESTARTED`] comes first, which no verification passes. That a chain has begun is also kept in a sequence, which
//! writing rows does not reach, so that a row as it was in the beginning is noticed as well.
//!
//! What this cannot notice by itself is a whole log put back to an earlier state: for that, note the head that
//! [`AuditChain::verify`] gives, and ask for it later.

mod encoding;
mod verify;

pub use verify::{Noted, Problem, Report};

use secrets::{ExposeSecret as _, KeyRing, OpenError, Place, SecretString};
use std::sync::Arc;
use storage::people::audit::{self, Entry, Head};
use storage::{AsyncConnection as _, Connection};

/// Entries that one batch of [`AuditChain::prune`] looks at.
const BATCH: i64 = 1_000;

/// The action of an entry that says: here the chain went on behind a row that did not fit its signature.
pub const RESTARTED: &str = "audit_chain.restarted";

/// Why an entry could not be written or the log not be read.
#[derive(Debug, thiserror::Error)]
pub enum ChainError {
    /// A statement failed.
    #[error("the audit log cannot be read or written: {0}")]
    Database(#[from] storage::Error),
    /// The key ring does not open the signing key.
    #[error("the audit log cannot be signed: {0}")]
    Key(#[from] OpenError),
    /// The chain's row does not fit its signature.
    #[error("the audit log was changed by something else than this service; `geniacsctl audit verify` says where")]
    Changed,
}

/// The result of one batch of [`AuditChain::prune`].
#[derive(Debug, Clone, Copy)]
pub struct Pruned {
    /// Entries that are gone.
    pub deleted: usize,
    /// Whether there may be more.
    pub more: bool,
}

/// Writes and checks the audit log; cloning shares it.
#[derive(Debug, Clone)]
pub struct AuditChain(Arc<KeyRing>);

impl AuditChain {
    /// The log whose signing key this ring opens, or will seal.
    pub fn new(keys: Arc<KeyRing>) -> Self {
        Self(keys)
    }

    /// Writes an entry. It must be the last thing in its transaction that waits for a lock.
    pub async fn add(&self, connection: &mut Connection, entry: &Entry<'_>) -> Result<(), ChainError> {
        let mut head = lock_head(connection).await?;

        let key = match self.state(&head)? {
            ChainState::NotBegun => self.begin(connection, &mut head).await?,
            ChainState::Intact(key) => {
                settle_head(connection, &mut head, &key).await?;
                key
            }
            // A change must be written down even where somebody has tampered with the chain.
            ChainState::Changed => self.restart(connection, &mut head).await?,
        };

        append_entry(connection, &mut head, &key, entry).await
    }

    /// Makes sure that the beginning of a chain is kept outside of its row, too. Call it outside of a transaction, when a
    /// service starts and after the first entry; it does nothing where that is done already.
    pub async fn settle(&self, connection: &mut Connection) -> Result<(), ChainError> {
        // Twice: what the first transaction finds missing and notes, the second may rely on.
        for _ in 0..2 {
            let chain = self.clone();
            let settled = connection.transaction(async move |connection| {
                let Some(mut head) = audit::lock(connection).await? else { return Ok(()) };
                if let ChainState::Intact(key) = chain.state(&head)? {
                    settle_head(connection, &mut head, &key).await?;
                }
                Ok::<_, ChainError>(())
            });
            settled.await?;
        }
        Ok(())
    }

    /// Takes the oldest entries away, those of more than `days` ago, and notes where the log begins now. Run it inside a
    /// transaction.
    pub async fn prune(&self, connection: &mut Connection, days: u32) -> Result<Pruned, ChainError> {
        let mut head = audit::lock(connection).await?.ok_or(ChainError::Changed)?;
        let key = match self.state(&head)? {
            ChainState::NotBegun => None,
            ChainState::Intact(key) => Some(key),
            // A changed row is evidence, and signing the row anew would hide that it was changed.
            ChainState::Changed => return Err(ChainError::Changed),
        };

        let oldest = audit::stretch(connection, 0, days, BATCH).await?;
        let (looked_at, old) = (oldest.len(), oldest.into_iter().take_while(|row| row.is_old).collect::<Vec<_>>());
        let Some(last) = old.last() else { return Ok(Pruned { deleted: 0, more: false }) };
        if let Some((seq, mac)) = old.iter().rev().find_map(|row| row.seq.zip(row.mac.clone())) {
            (head.anchor_seq, head.anchor_mac) = (seq, mac);
        }

        // Without a key there is no chain yet, and nothing to sign.
        if let Some(key) = key {
            head.head_mac = encoding::sign_head(key.expose_secret(), &head).to_vec();
        }
        let deleted = audit::prune(connection, last.id, &head).await?;
        Ok(Pruned { deleted, more: old.len() == looked_at && i64::try_from(looked_at).is_ok_and(|n| n == BATCH) })
    }

    fn state(&self, head: &Head) -> Result<ChainState, OpenError> {
        if head.is_blank() && !head.has_begun {
            return Ok(ChainState::NotBegun);
        }
        Ok(match self.key(head)? {
            Some(key) if encoding::sign_head(key.expose_secret(), head).as_slice() == head.head_mac => {
                ChainState::Intact(key)
            }
            _ => ChainState::Changed,
        })
    }

    fn key(&self, head: &Head) -> Result<Option<SecretString>, OpenError> {
        head.key_encrypted.as_deref().map(|sealed| self.0.open(&PLACE, sealed)).transpose()
    }

    /// The first chain: entries that are there are counted as older ones, once and for all.
    async fn begin(&self, connection: &mut Connection, head: &mut Head) -> Result<SecretString, ChainError> {
        let there = audit::unsigned(connection).await?;
        let key = self.new_key(connection, head, there.last_id).await?;
        note_older(connection, head, &key, there.entries).await?;
        Ok(key)
    }

    /// Goes on behind a row that does not fit, since changes must be written down all the same, and says so first, in an
    /// entry that cannot be taken away without breaking the chain again.
    async fn restart(&self, connection: &mut Connection, head: &mut Head) -> Result<SecretString, ChainError> {
        let there = audit::unsigned(connection).await?;
        let found = serde_json::json!({"chain_ended_at": head.seq, "log_ended_at": there.last_seq});
        let key = match self.key(head)? {
            Some(key) => key,
            None => self.new_key(connection, head, there.last_id).await?,
        };

        // Numbers are unique, so it goes on behind all that are there.
        head.seq = head.seq.max(there.last_seq);
        let entry = Entry {
            user_id: None,
            actor: "audit-chain",
            address: None,
            action: RESTARTED,
            subject_type: audit::TABLE,
            subject_id: None,
            before: None,
            after: Some(found),
            request_id: None,
        };
        append_entry(connection, head, &key, &entry).await?;
        Ok(key)
    }

    async fn new_key(
        &self,
        connection: &mut Connection,
        head: &mut Head,
        starts_after: i64,
    ) -> Result<SecretString, ChainError> {
        let key = secrets::generate_signing_key();
        audit::start(connection, &self.0.seal(&PLACE, key.expose_secret()), starts_after).await?;
        head.starts_after = starts_after;
        Ok(key)
    }
}

/// The state of the chain's own row.
enum ChainState {
    /// No chain has begun yet.
    NotBegun,
    /// It fits its signature.
    Intact(SecretString),
    /// Somebody else wrote, emptied or replaced it.
    Changed,
}

/// The chain's row, locked. One that somebody deleted is made again: changes must be written down all the same.
async fn lock_head(connection: &mut Connection) -> Result<Head, ChainError> {
    if let Some(head) = audit::lock(connection).await? {
        return Ok(head);
    }
    audit::make(connection).await?;
    Ok(audit::lock(connection).await?.ok_or(storage::Error::NotFound)?)
}

/// Adds what a chain of an earlier version lacks, and what could not be noted before the beginning was committed.
async fn settle_head(connection: &mut Connection, head: &mut Head, key: &SecretString) -> Result<(), ChainError> {
    if head.has_begun {
        return Ok(());
    }

    if head.older_mac.is_none() {
        // A chain of an earlier version has no signature over the entries before it. This one is noted first; the
        // next call notes that the chain has begun.
        let there = audit::unsigned(connection).await?;
        return note_older(connection, head, key, there.entries).await;
    }

    if !head.is_uncommitted {
        audit::note_begun(connection).await?;
    }
    Ok(())
}

async fn note_older(
    connection: &mut Connection,
    head: &Head,
    key: &SecretString,
    entries: i64,
) -> Result<(), ChainError> {
    let mac = encoding::sign_older(key.expose_secret(), head.starts_after, entries);
    Ok(audit::note_older(connection, entries, &mac).await?)
}

async fn append_entry(
    connection: &mut Connection,
    head: &mut Head,
    key: &SecretString,
    entry: &Entry<'_>,
) -> Result<(), ChainError> {
    let draft = audit::draft(connection, entry).await?;
    head.mac = encoding::sign_entry(key.expose_secret(), &head.mac, head.seq + 1, &draft.fields).to_vec();
    head.seq += 1;
    head.head_mac = encoding::sign_head(key.expose_secret(), head).to_vec();
    Ok(audit::append(connection, entry, &draft, head.seq, &head.mac, &head.head_mac).await?)
}

/// Where the sealed signing key lies.
pub const PLACE: Place = Place { table: audit::TABLE, column: audit::KEY_COLUMN, row: 1 };
