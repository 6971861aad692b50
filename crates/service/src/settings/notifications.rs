//! Notices by mail, and when something is over.

use std::path::PathBuf;
use std::time::Duration;

use email_address::EmailAddress;
use secrecy::SecretString;

use super::values::Values;
use super::{Setting, SettingsError};

const SMTP_HOST: Setting = Setting::optional(
    "notifications.smtp_host",
    "name of the SMTP server that takes notices by mail; without it there is no mail",
);
const SMTP_PORT: Setting =
    Setting::new("notifications.smtp_port", "587", "port of the SMTP server: 587, or 465 with tls (1–65535)");
const SMTP_SECURITY: Setting = Setting::new(
    "notifications.smtp_security",
    "starttls",
    "how the connection to the SMTP server is made safe: starttls, tls from the first byte, or none",
);
const SMTP_CA_FILE: Setting = Setting::optional(
    "notifications.smtp_ca_file",
    "PEM file with certificates of authorities that the SMTP server's certificate may be of, beside the system's",
);
const SMTP_USER: Setting = Setting::optional("notifications.smtp_user", "who signs in to the SMTP server, if anybody");
const SMTP_PASSWORD: Setting = Setting::secret("notifications.smtp_password", "that user's password");
const SMTP_FROM: Setting = Setting::optional(
    "notifications.smtp_from",
    "address that notices by mail come from: geniacs@example.com; needed with an SMTP server",
);
const SETTLE: Setting = Setting::new(
    "notifications.settle_seconds",
    "60",
    "seconds for which something must not have been the matter before it is over: what comes and goes is told once (0–86400)",
);

pub(super) const SETTINGS: &[Setting] =
    &[SMTP_HOST, SMTP_PORT, SMTP_SECURITY, SMTP_CA_FILE, SMTP_USER, SMTP_PASSWORD, SMTP_FROM, SETTLE];

/// Notices by mail, and when something is over.
#[derive(Debug, Clone)]
pub struct NotificationSettings {
    /// The server that takes mail; none: there is no mail.
    pub smtp: Option<SmtpSettings>,
    /// For how long something must not have been the matter before it is over: a minute.
    pub settle: Duration,
}

/// The server that takes mail.
#[derive(Debug, Clone)]
pub struct SmtpSettings {
    /// Its name, which its certificate must bear.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is made safe.
    pub security: SmtpSecurity,
    /// A PEM file of authorities that are trusted beside the system's.
    pub ca_file: Option<PathBuf>,
    /// The user and the password of the server.
    pub credentials: Option<(String, SecretString)>,
    /// The sender of the mail.
    pub from: EmailAddress,
}

/// How a connection to an SMTP server is made safe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmtpSecurity {
    /// It begins in the clear, and goes on only under TLS.
    StartTls,
    /// TLS from the first byte.
    Tls,
    /// Not at all: for a server on the same machine.
    None,
}

impl NotificationSettings {
    pub(super) fn read(values: &Values) -> Result<Self, SettingsError> {
        let port = values.number(&SMTP_PORT, 1..=u16::MAX)?;
        let security = values.value(&SMTP_SECURITY, "starttls, tls or none", |text| match text {
            "starttls" => Some(SmtpSecurity::StartTls),
            "tls" => Some(SmtpSecurity::Tls),
            "none" => Some(SmtpSecurity::None),
            _ => None,
        })?;

        let credentials = read_credentials(values, security)?;
        let from = values.optional(&SMTP_FROM, "an e-mail address", |text| text.parse().ok())?;

        let ca_file = values.text(&SMTP_CA_FILE)?.map(PathBuf::from);
        let smtp = match (values.text(&SMTP_HOST)?, from) {
            (None, _) => None,
            (Some(host), Some(from)) => Some(SmtpSettings { host, port, security, ca_file, credentials, from }),
            // A server without a sender would fail with the first mail only.
            (Some(_), None) => return Err(SettingsError::missing(&SMTP_FROM)),
        };

        Ok(Self { smtp, settle: values.duration(&SETTLE, 0..=86_400)? })
    }
}

fn read_credentials(values: &Values, security: SmtpSecurity) -> Result<Option<(String, SecretString)>, SettingsError> {
    match (values.text(&SMTP_USER)?, values.text(&SMTP_PASSWORD)?) {
        (None, None) => Ok(None),
        (Some(_), Some(_)) if security == SmtpSecurity::None => Err(values.impossible(
            &SMTP_SECURITY,
            "starttls or tls while there is a password, which does not travel in the clear",
        )),
        (Some(user), Some(password)) => Ok(Some((user, SecretString::from(password)))),
        (Some(_), None) => Err(SettingsError::missing(&SMTP_PASSWORD)),
        (None, Some(_)) => Err(SettingsError::missing(&SMTP_USER)),
    }
}
