//! The audit log, chained: each entry is signed together with the signature before it, so that nobody who has only the
//! database can change, insert, swap or take away one unnoticed.
//!
//! The signing key is 256 random bits, made with the first entry and kept in the database, sealed by the key ring. A
//! signature covers every column as PostgreSQL writes it, each behind its length. The newest entry and the last one that
//! retention took away are signed too, so that a tail or a beginning that was cut off is missed. What this cannot notice by
//! itself is a whole log put back to an earlier state: for that, note the head that [`AuditChain::verify`] gives, and ask
//! for it later.

mod encoding;
mod verify;

pub use verify::{Noted, Problem, Report};

use secrets::{ExposeSecret as _, KeyRing, OpenError, Place, SecretString};
use std::sync::Arc;
use storage::Connection;
use storage::audit::{self, Entry, Head};

/// Entries that one batch of [`AuditChain::prune`] looks at.
const BATCH: i64 = 1_000;

/// Why an entry could not be written or the log not be read.
#[derive(Debug, thiserror::Error)]
pub enum ChainError {
    /// A statement failed.
    #[error("the audit log cannot be read or written: {0}")]
    Database(#[from] storage::Error),
    /// The key ring does not open the signing key.
    #[error("the audit log cannot be signed: {0}")]
    Key(#[from] OpenError),
}

/// What a batch of [`AuditChain::prune`] came to.
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
        let mut head = audit::lock(connection).await?;
        let key = self.key_or_new(connection, &mut head).await?;
        let draft = audit::draft(connection, entry).await?;
        head.mac = encoding::entry(key.expose_secret(), &head.mac, head.seq + 1, &draft.fields).to_vec();
        head.seq += 1;
        let head_mac = encoding::head(key.expose_secret(), &head);
        Ok(audit::append(connection, entry, &draft, head.seq, &head.mac, &head_mac).await?)
    }

    /// Takes the oldest entries away, those of more than `days` ago, and notes where the log begins now. Run it inside a
    /// transaction.
    pub async fn prune(&self, connection: &mut Connection, days: u32) -> Result<Pruned, ChainError> {
        let mut head = audit::lock(connection).await?;
        let oldest = audit::stretch(connection, 0, days, BATCH).await?;
        let (looked_at, old) = (oldest.len(), oldest.into_iter().take_while(|row| row.is_old).collect::<Vec<_>>());
        let Some(last) = old.last() else { return Ok(Pruned { deleted: 0, more: false }) };
        if let Some((seq, mac)) = old.iter().rev().find_map(|row| row.seq.zip(row.mac.clone())) {
            (head.anchor_seq, head.anchor_mac) = (seq, mac);
        }
        // Without a key there is no chain yet, and nothing to sign.
        if let Some(key) = self.key(&head)? {
            head.head_mac = encoding::head(key.expose_secret(), &head).to_vec();
        }
        let deleted = audit::prune(connection, last.id, &head).await?;
        Ok(Pruned { deleted, more: old.len() == looked_at && i64::try_from(looked_at).is_ok_and(|n| n == BATCH) })
    }

    fn key(&self, head: &Head) -> Result<Option<SecretString>, OpenError> {
        head.key_encrypted.as_deref().map(|sealed| self.0.open(&PLACE, sealed)).transpose()
    }

    async fn key_or_new(&self, connection: &mut Connection, head: &mut Head) -> Result<SecretString, ChainError> {
        if let Some(key) = self.key(head)? {
            return Ok(key);
        }
        let key = secrets::generate_signing_key();
        head.starts_after = audit::start(connection, &self.0.seal(&PLACE, key.expose_secret())).await?;
        Ok(key)
    }
}

/// Where the sealed signing key lies.
pub const PLACE: Place = Place { table: audit::TABLE, column: audit::KEY_COLUMN, row: 1 };
