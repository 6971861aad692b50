//! Failures of a call, and what follows from each.

use crate::guard::OutboundRefusal;
use crate::refusal::RejectedField;
use std::error::Error as _;
use std::time::Duration;

/// A call that did not end well. The messages are for people and hold neither secrets nor what a record holds: the
/// partner's own words are masked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PartnerError {
    /// 400, 422 and every 4xx that has no meaning of its own: the same request will never do.
    #[error("Geniacs refused the data (HTTP {status}){}; {} of the records are named as wrong", reason_said(message), details.len())]
    Rejected {
        /// The HTTP status; 200 where the answer itself says so.
        status: u16,
        /// The partner's words, masked.
        message: String,
        /// The records that the partner names.
        details: Vec<RejectedField>,
    },
    /// 401 or 403.
    #[error(
        "Geniacs refused the credentials (HTTP {status}){}; check the integration's API key and secret",
        reason_said(reason)
    )]
    Credentials {
        /// The HTTP status.
        status: u16,
        /// The partner's words, masked.
        reason: String,
    },
    /// 404, 405 or 410 on a path that the contract has.
    #[error(
        "Geniacs has no endpoint {path} (HTTP {status}){}; check endpoint_url and configuration.endpoints of the integration",
        reason_said(reason)
    )]
    MissingEndpoint {
        /// The path that was asked for.
        path: String,
        /// The HTTP status.
        status: u16,
        /// The partner's words, masked.
        reason: String,
    },
    /// 400, 404 or 410 on a page after the first: the listing has to be begun anew.
    #[error(
        "Geniacs does not know the cursor any more that it gave for the next page (HTTP {status}){}",
        reason_said(reason)
    )]
    DeadCursor {
        /// The HTTP status.
        status: u16,
        /// The partner's words, masked.
        reason: String,
    },
    /// 409: Geniacs holds a newer version.
    #[error("Geniacs holds a newer version of a record (HTTP 409){}", reason_said(message))]
    NewerVersion {
        /// The partner's words, masked.
        message: String,
        /// The records that the partner names, if it does.
        details: Vec<RejectedField>,
    },
    /// 413: to be sent again in smaller parts.
    #[error("the request is too large for Geniacs (HTTP 413)")]
    TooLarge,
    /// 429.
    #[error("Geniacs asks to slow down (HTTP 429), for {} s", retry_after.as_secs())]
    Throttled {
        /// How long, at most an hour.
        retry_after: Duration,
    },
    /// A [`crate::Gate`] did not let the request through: nothing was sent.
    #[error("held back for {} s: {reason}", retry_after.as_secs_f64().ceil())]
    HeldBack {
        /// When it may be tried again.
        retry_after: Duration,
        /// Why, for a person.
        reason: String,
    },
    /// 5xx, and 408.
    #[error("Geniacs has trouble (HTTP {status}){}; it will be tried again", reason_said(reason))]
    Unavailable {
        /// The HTTP status.
        status: u16,
        /// How long the partner asks to wait, if it does; at most an hour.
        retry_after: Option<Duration>,
        /// The partner's words, masked.
        reason: String,
    },
    /// A 2xx whose body says that the request failed.
    #[error("Geniacs says that the request failed (HTTP {status}){}; it will be tried again", reason_said(reason))]
    SaidFailed {
        /// The HTTP status.
        status: u16,
        /// The partner's words, masked.
        reason: String,
    },
    /// 3xx: never followed, so that the credentials stay where they were meant to go.
    #[error("Geniacs redirects to {target}, which is refused; put the right address into the integration")]
    Redirect {
        /// The target, without a query.
        target: String,
    },
    /// The [`crate::Guard`] does not let the address be called: nothing was sent.
    #[error("the partner's address cannot be used: {0}")]
    AddressRefused(#[from] OutboundRefusal),
    /// No complete answer in time.
    #[error("Geniacs did not answer in time; it will be tried again")]
    Timeout,
    /// No connection came about, so nothing was sent.
    #[error("no connection to Geniacs: {reason}")]
    Connection {
        /// The innermost cause.
        reason: String,
    },
    /// The connection broke after the request was sent, or while the answer came.
    #[error("the connection to Geniacs broke before its answer was complete; it will be tried again")]
    Interrupted,
    /// A 2xx whose body is not what the contract says.
    #[error("the answer of Geniacs cannot be understood: {reason}")]
    Malformed {
        /// What is wrong with it, without what it says.
        reason: String,
    },
}

impl PartnerError {
    /// A stable name for tables and metrics.
    pub const fn error_type(&self) -> &'static str {
        match self {
            Self::Rejected { .. } => "validation_error",
            Self::Credentials { .. } => "credentials_refused",
            Self::MissingEndpoint { .. } => "missing_endpoint",
            Self::DeadCursor { .. } => "dead_cursor",
            Self::NewerVersion { .. } => "newer_version",
            Self::TooLarge => "too_large",
            Self::Throttled { .. } => "throttled",
            Self::HeldBack { .. } => "held_back",
            Self::Unavailable { .. } => "partner_unavailable",
            Self::SaidFailed { .. } => "partner_failed",
            Self::Redirect { .. } => "redirect_refused",
            Self::AddressRefused(_) => "address_refused",
            Self::Timeout => "timeout",
            Self::Connection { .. } => "connection_failed",
            Self::Interrupted => "connection_interrupted",
            Self::Malformed { .. } => "malformed_answer",
        }
    }

    /// Whether the same request may succeed later.
    pub const fn is_retryable(&self) -> bool {
        self.is_put_off() || self.is_outage()
    }

    /// Whether the request only has to wait, so that no attempt is to be counted.
    pub const fn is_put_off(&self) -> bool {
        matches!(self, Self::Throttled { .. } | Self::HeldBack { .. })
    }

    /// Whether this is trouble at the partner's end or on the way; enough of it opens the circuit.
    pub const fn is_outage(&self) -> bool {
        matches!(
            self,
            Self::Unavailable { .. }
                | Self::SaidFailed { .. }
                | Self::Timeout
                | Self::Connection { .. }
                | Self::Interrupted
                | Self::Malformed { .. }
        )
    }

    /// Whether the request may have taken effect although it looks as if it failed.
    pub const fn outcome_unknown(&self) -> bool {
        matches!(
            self,
            Self::Unavailable { .. }
                | Self::SaidFailed { .. }
                | Self::Timeout
                | Self::Interrupted
                | Self::Malformed { .. }
        )
    }

    /// Whether no other request of the same sync can do better, until somebody changes the integration.
    pub const fn is_fatal_for_sync(&self) -> bool {
        matches!(
            self,
            Self::Credentials { .. } | Self::MissingEndpoint { .. } | Self::Redirect { .. } | Self::AddressRefused(_)
        )
    }

    /// Whether what was asked for is not there. A 405 says that it cannot be asked for.
    pub(crate) const fn is_missing(&self) -> bool {
        matches!(self, Self::MissingEndpoint { status: 404 | 410, .. })
    }

    /// The failure of a page after the first, which names a cursor: the partner knows the path, but not the cursor.
    pub(crate) fn of_later_page(self) -> Self {
        match self {
            Self::MissingEndpoint { status: status @ (404 | 410), reason, .. }
            // Partners answer 400, too, where they cannot read a cursor any more.
            | Self::Rejected { status: status @ 400, message: reason, .. } => Self::DeadCursor { status, reason },
            other => other,
        }
    }

    /// How long to wait, as the partner or a gate says.
    pub const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Throttled { retry_after } | Self::HeldBack { retry_after, .. } => Some(*retry_after),
            Self::Unavailable { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// A failure before the head of the answer came.
    pub(crate) fn of_sending(error: &reqwest::Error) -> Self {
        if let Some(refusal) = outbound_refusal(error) {
            return Self::AddressRefused(refusal.clone());
        }
        // Before there is a connection nothing was sent, so the outcome is known.
        if error.is_connect() || error.is_builder() {
            return Self::Connection { reason: innermost_cause(error) };
        }
        Self::of_body(error)
    }

    /// A failure while the body of the answer came.
    pub(crate) fn of_body(error: &reqwest::Error) -> Self {
        if error.is_timeout() { Self::Timeout } else { Self::Interrupted }
    }
}

/// The partner's words within a sentence of ours.
fn reason_said(reason: &str) -> String {
    if reason.is_empty() { String::new() } else { format!(", saying: {reason}") }
}

/// The guard's word, where it was heard.
fn outbound_refusal(error: &reqwest::Error) -> Option<&OutboundRefusal> {
    let mut causes = std::iter::successors(error.source(), |cause| (*cause).source());
    causes.find_map(|cause| cause.downcast_ref())
}

/// The cause at the end of the chain, such as `Connection refused (os error 111)`; those before it repeat the address.
fn innermost_cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    if error.source().is_none() {
        "the address cannot be used".to_owned()
    } else {
        shorten_text(&cause.to_string(), 200)
    }
}

/// At most `length` characters, without control characters (PostgreSQL cannot store NUL).
pub(crate) fn shorten_text(text: &str, length: usize) -> String {
    text.chars().filter(|c| !c.is_control()).take(length).collect()
}
