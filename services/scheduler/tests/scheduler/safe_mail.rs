//! Mail over TLS: to whom it goes, and that it goes to nobody else.

use std::path::PathBuf;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use crate::listeners::{MailServer, Security};
use crate::notifications::{conflict, mail_rule, scheduler};
use crate::stand::{Stand, eventually};

/// An authority of the operator's own.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    file: PathBuf,
}

impl Authority {
    fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, "Test Authority");
        let file = std::env::temp_dir().join(format!("geniacs-test-mail-ca-{}.pem", uuid::Uuid::new_v4().simple()));
        std::fs::write(&file, params.self_signed(&key).unwrap().pem()).unwrap();
        Self { issuer: Issuer::new(params, key), file }
    }

    /// Shows a certificate for `name`.
    fn acceptor(&self, name: &str) -> TlsAcceptor {
        service::install_tls_provider();
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new([name.to_owned()]).unwrap().signed_by(&key, &self.issuer).unwrap();
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let config = ServerConfig::builder().with_no_client_auth();
        let config = config.with_single_cert(vec![certificate.der().clone()], key).unwrap();
        TlsAcceptor::from(Arc::new(config))
    }

    fn setting(&self) -> (&'static str, String) {
        ("GENIACS_NOTIFICATIONS__SMTP_CA_FILE", self.file.display().to_string())
    }
}

impl Drop for Authority {
    fn drop(&mut self) {
        // It is only a temporary file.
        let _ = std::fs::remove_file(&self.file);
    }
}

/// Somebody is to be told by mail of something.
async fn stand() -> Stand {
    let stand = Stand::new().await;
    stand.integration().await;
    mail_rule(&stand, "'siti@example.com'").await;
    conflict(&stand).await;
    stand
}

const SENT: &str = "SELECT count(*) AS n FROM notice_deliveries WHERE state = 'sent'";
const UNSAFE: &str =
    "SELECT count(*) AS n FROM notice_deliveries WHERE state = 'waiting' AND error_code = 'smtp_unreachable'
    AND error_message LIKE '%certificate%'";

/// Tells by a server that shows a certificate for `name`, under these settings, until a query finds one delivery. Returns to
/// whom mail went.
async fn told(security: &str, name: &str, trusts: bool, until: &str) -> Vec<String> {
    let (stand, authority) = (stand().await, Authority::new());
    let acceptor = authority.acceptor(name);
    let mail = MailServer::start_with(match security {
        "tls" => Security::Tls(acceptor),
        _ => Security::StartTls(acceptor),
    })
    .await;

    let mut settings = mail.settings(security);
    settings.extend(trusts.then(|| authority.setting()));
    let scheduler = scheduler(&stand, &secrets::KeyRing::generate_entry("test"), &settings).await;

    eventually("it is told, or said why not", async || stand.number(until).await == 1).await;
    stand.stop([scheduler]).await;
    mail.mails().into_iter().map(|mail| mail.to).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn mail_goes_over_starttls_to_a_server_whose_authority_is_trusted() {
    assert_eq!(told("starttls", "127.0.0.1", true, SENT).await, ["siti@example.com"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn mail_goes_over_tls_from_the_first_byte_to_a_server_whose_authority_is_trusted() {
    assert_eq!(told("tls", "127.0.0.1", true, SENT).await, ["siti@example.com"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_of_a_foreign_authority_is_refused_and_said_so() {
    for security in ["starttls", "tls"] {
        assert!(told(security, "127.0.0.1", false, UNSAFE).await.is_empty(), "{security}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_for_another_name_is_refused_and_said_so() {
    for security in ["starttls", "tls"] {
        assert!(told(security, "mail.example.org", true, UNSAFE).await.is_empty(), "{security}");
    }
}
