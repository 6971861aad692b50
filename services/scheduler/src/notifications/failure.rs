//! Why a notice did not arrive. No sentence holds an answer's text, an address or a secret.

use geniacs::OutboundRefusal;

/// Why a notice did not arrive.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotSent {
    /// There is mail to send, and nothing to send it with.
    #[error("there is no SMTP server; set GENIACS_NOTIFICATIONS__SMTP_HOST of the scheduler")]
    NoServer,
    /// The rule's address may not be called.
    #[error(transparent)]
    Refused(#[from] OutboundRefusal),
    /// The rule's address is no URL.
    #[error("the address is no URL; correct it in the rule")]
    NoUrl,
    /// Another answer than 2xx.
    #[error("the address answers with HTTP {0}")]
    Status(u16),
    /// Nothing came in time.
    #[error("there was no answer within {0} s")]
    Timeout(u64),
    /// No connection, or one that broke.
    #[error("nobody answers at the address")]
    Unreachable,
    /// The key ring does not fit.
    #[error("the rule's secret cannot be opened; give it a new one, or add its key to GENIACS_ENCRYPTION_KEYS")]
    Secret,
    /// An address that no mail can go to.
    #[error("that is no e-mail address; correct it in the rule")]
    NoMailbox,
    /// The SMTP server said no.
    #[error("the SMTP server answers with {0}")]
    Smtp(u16),
    /// The SMTP server could not be reached, or not safely.
    #[error("the SMTP server cannot be reached: {0}")]
    SmtpUnreachable(&'static str),
    /// A fault of this program.
    #[error("a fault of this program; its log says more")]
    Panic,
}

impl NotSent {
    /// Its stable name.
    pub(super) const fn code(&self) -> &'static str {
        match self {
            Self::NoServer => "no_smtp_server",
            Self::Refused(_) => "address_refused",
            Self::NoUrl => "not_a_url",
            Self::Status(_) => "http_status",
            Self::Timeout(_) => "timeout",
            Self::Unreachable => "unreachable",
            Self::Secret => "secret_unreadable",
            Self::NoMailbox => "not_an_email",
            Self::Smtp(_) => "smtp_status",
            Self::SmtpUnreachable(_) => "smtp_unreachable",
            Self::Panic => "internal",
        }
    }
}
