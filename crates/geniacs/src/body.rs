//! Reading answers that may be too long.

use crate::PartnerError;
use crate::scrub::Scrub;
use bytes::{Bytes, BytesMut};
use reqwest::Response;

/// How much of a good answer is read: a page of 5,000 records has some 3 KiB for each.
pub(crate) const ANSWER_LIMIT: usize = 16 * 1024 * 1024;
/// How much of an error is read.
pub(crate) const ERROR_LIMIT: usize = 1024 * 1024;

/// Reads the body while it fits into `limit` bytes, counted after decompression, and takes the key out of it.
pub(crate) async fn read_body(mut response: Response, limit: usize, scrub: &Scrub) -> Result<Bytes, PartnerError> {
    let announced = response.content_length().and_then(|length| usize::try_from(length).ok()).unwrap_or(0);
    if announced > limit {
        return Err(too_large(limit));
    }

    let mut body = BytesMut::with_capacity(announced);
    // The announced length may be absent or a lie, so the limit is checked again with each part.
    while let Some(part) = response.chunk().await.map_err(|error| PartnerError::of_body(&error))? {
        if body.len() + part.len() > limit {
            return Err(too_large(limit));
        }
        body.extend_from_slice(&part);
    }

    Ok(scrub.body(body.freeze()))
}

fn too_large(limit: usize) -> PartnerError {
    PartnerError::Malformed { reason: format!("it is larger than {} MiB", limit / (1024 * 1024)) }
}
