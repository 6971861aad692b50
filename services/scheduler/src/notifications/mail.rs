//! Notices to people: plain mail, through the operator's own server.

use std::time::Duration;

use anyhow::Context as _;
use lettre::message::header::{ContentType, Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{Address, AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use secrecy::ExposeSecret as _;
use service::settings::{SmtpSecurity, SmtpSettings};
use storage::notifications::deliveries::Due;

use super::failure::NotSent;
use super::words::Words;

/// Shown before the address that mail comes from.
const SENDER: &str = "Geniacs";
/// The time that one command of the conversation may take.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Sends mail; each through a connection of its own.
pub(super) struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl Mailer {
    pub(super) fn new(settings: &SmtpSettings) -> anyhow::Result<Self> {
        let address: Address = settings.from.as_str().parse()?;
        let tls = match settings.security {
            SmtpSecurity::StartTls => Tls::Required(tls_parameters(settings)?),
            SmtpSecurity::Tls => Tls::Wrapper(tls_parameters(settings)?),
            SmtpSecurity::None => Tls::None,
        };

        let mut transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&settings.host)
            .port(settings.port)
            .tls(tls)
            .hello_name(ClientId::Domain(address.domain().to_owned()))
            .timeout(Some(TIMEOUT));

        // A server inside a private network may ask for none.
        if let Some((user, password)) = &settings.credentials {
            transport = transport.credentials(Credentials::new(user.clone(), password.expose_secret().to_owned()));
        }

        Ok(Self { transport: transport.build(), from: Mailbox::new(Some(SENDER.to_owned()), address) })
    }

    /// Sends a notice to one person.
    pub(super) async fn send(&self, due: &Due, address: &str, words: Words) -> Result<(), NotSent> {
        let to: Address = address.parse().map_err(|_| NotSent::NoMailbox)?;
        // The same in every attempt, so that a mailbox that gets it twice can tell.
        let id = format!("<notification-{}.{}@{}>", due.id, due.notice.began_at.timestamp(), self.from.email.domain());

        let message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(words.subject)
            .message_id(Some(id))
            .header(AutoSubmitted)
            .header(ContentType::TEXT_PLAIN)
            .body(words.text)
            .map_err(|_| NotSent::NoMailbox)?;

        self.transport.send(message).await.map(|_| ()).map_err(|error| not_sent(&error))
    }
}

/// TLS with a server whose certificate is of an authority of the system, or of the operator's own file.
fn tls_parameters(settings: &SmtpSettings) -> anyhow::Result<TlsParameters> {
    let mut tls = TlsParameters::builder(settings.host.clone());
    if let Some(path) = &settings.ca_file {
        let said = || format!("notifications.smtp_ca_file: {} cannot be read as PEM certificates", path.display());
        let text = std::fs::read(path).with_context(said)?;

        let mut certificates = CertificateDer::pem_slice_iter(&text).peekable();
        // A file without any would be taken in silence, and no certificate of its authority be trusted.
        if certificates.peek().is_none() || certificates.any(|certificate| certificate.is_err()) {
            anyhow::bail!(said());
        }

        tls = tls.add_root_certificate(Certificate::from_pem(&text).with_context(said)?);
    }

    Ok(tls.build_rustls()?)
}

/// The server's own words may hold addresses; they stay here.
fn not_sent(error: &lettre::transport::smtp::Error) -> NotSent {
    if let Some(status) = error.status() {
        NotSent::Smtp(u16::from(status))
    } else if error.is_timeout() {
        NotSent::Timeout(TIMEOUT.as_secs())
    } else if error.is_tls() || is_of_tls(error) {
        NotSent::SmtpUnreachable("the connection could not be made safe; look at its certificate")
    } else if error.is_client() {
        NotSent::SmtpUnreachable("it does not offer what is needed: TLS, a way to sign in, or such addresses")
    } else {
        NotSent::SmtpUnreachable("nobody answers, or the connection broke")
    }
}

/// Whether a handshake failed: the library tells that as a connection that broke, with the cause inside an I/O error.
fn is_of_tls(error: &(dyn std::error::Error + 'static)) -> bool {
    std::iter::successors(Some(error), |error| error.source()).any(|error| {
        let Some(inner) = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref) else {
            return false;
        };
        inner.is::<rustls::Error>()
    })
}

/// Says that no person wrote it, so that no absent one answers (RFC 3834).
#[derive(Debug, Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}
