//! The request and the answer of one call, for a log of exchanges.

use crate::PartnerError;
use crate::client::PartnerCall;
use bytes::Bytes;
use std::time::Duration;

/// One call and its answer. The bodies are what was sent and received: mask them before they are stored. Headers, and
/// with them the key and the signature, are not in it.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// `GET` or `POST`.
    pub method: String,
    /// The path, without the id of a record.
    pub path: String,
    /// The parameters of the address.
    pub query: Vec<(String, String)>,
    /// The body that was sent.
    pub request: Bytes,
    /// The HTTP status, if an answer began.
    pub status: Option<u16>,
    /// The body of the answer as far as it was read; of failures at most 64 KiB, of refusals 1 MiB.
    pub response: Bytes,
    /// Until the answer was read or given up.
    pub duration: Duration,
    /// The failure, if there was one.
    pub error: Option<PartnerError>,
}

impl Exchange {
    pub(crate) fn of(call: &PartnerCall<'_>) -> Self {
        Self {
            method: call.method.to_string(),
            path: call.name.to_owned(),
            query: call.url.query_pairs().into_owned().collect(),
            request: call.body.clone(),
            status: None,
            response: Bytes::new(),
            duration: Duration::ZERO,
            error: None,
        }
    }
}

/// Somebody who is told of each call of a client. Called in the middle of the caller's work, so it must be quick.
pub trait Witness: Send + Sync {
    /// A call ended.
    fn saw(&self, exchange: Exchange);
}
