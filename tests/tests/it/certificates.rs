//! A partner behind TLS: whom the services trust, and that nobody else ever sees a credential.

use end_to_end::{Stack, StackOptions};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use serde_json::{Value, json};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

/// An authority that the services trust as an operator's system would.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    file: PathBuf,
}

impl Authority {
    fn new() -> Self {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, "Test Authority");
        let file = std::env::temp_dir().join(format!("geniacs-test-ca-{}.pem", uuid::Uuid::new_v4().simple()));
        std::fs::write(&file, params.self_signed(&key).expect("a certificate").pem()).expect("a file");
        Self { issuer: Issuer::new(params, key), file }
    }

    /// A certificate for `name` that ran out at the end of `until`, with its key.
    fn issue(&self, name: &str, until: i32) -> ServerConfig {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::new([name.to_owned()]).expect("a name");
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(until, 12, 31);
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate");
        let chain = vec![certificate.der().clone()];
        let key = PrivateKeyDer::try_from(key.serialize_der()).expect("a key");
        ServerConfig::builder().with_no_client_auth().with_single_cert(chain, key).expect("they fit")
    }
}

impl Drop for Authority {
    fn drop(&mut self) {
        // It is only a temporary file.
        let _ = std::fs::remove_file(&self.file);
    }
}

/// A partner that answers whatever it is asked as `/health` does, and counts what it was asked.
struct TlsPartner {
    port: u16,
    requests: Arc<AtomicUsize>,
}

impl TlsPartner {
    async fn start(config: ServerConfig) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("its address").port();
        let requests = Arc::<AtomicUsize>::default();
        let (acceptor, count) = (TlsAcceptor::from(Arc::new(config)), requests.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                // A caller that does not trust the certificate breaks off.
                tokio::spawn(answer(acceptor.clone(), stream, count.clone()));
            }
        });
        Self { port, requests }
    }
}

async fn answer(acceptor: TlsAcceptor, stream: TcpStream, requests: Arc<AtomicUsize>) -> io::Result<()> {
    let mut stream = acceptor.accept(stream).await?;
    let mut head = vec![0; 16 * 1024];
    if stream.read(&mut head).await? > 0 {
        requests.fetch_add(1, Ordering::SeqCst);
        let body = json!({"version": "v1.0.0", "endpoints": ["/customers"]}).to_string();
        let head = format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", body.len());
        stream.write_all((head + &body).as_bytes()).await?;
    }
    stream.shutdown().await
}

/// What a connection test by name says of a partner on this port.
async fn test_connection(stack: &Stack, port: u16) -> Value {
    let body = json!({
        "name": format!("TLS {port}"), "endpoint_url": format!("https://localhost:{port}/v1"), "api_key": "key",
        "api_secret": "secret", "configuration": {"auto_sync": false},
    });
    let made = stack.post("/api/geniacs/integrations", &body).await;
    let id = made.pointer("/data/integration/id").expect("its id");
    let tested = stack.post(&format!("/api/geniacs/integrations/{id}/test-connection"), &json!({})).await;
    tested["data"]["connection_test"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_or_expired_certificate_is_refused_and_the_credential_never_leaves() {
    let (trusted, stranger) = (Authority::new(), Authority::new());
    let file = trusted.file.to_str().expect("a path").to_owned();
    let stack = Stack::start(StackOptions { settings: vec![("SSL_CERT_FILE", file)], ..StackOptions::default() }).await;

    let good = TlsPartner::start(trusted.issue("localhost", 2099)).await;
    let tested = test_connection(&stack, good.port).await;
    assert_eq!(tested["status"], "success", "{tested}");
    assert_eq!(good.requests.load(Ordering::SeqCst), 1);

    for (what, config) in [
        ("expired", trusted.issue("localhost", 2021)),
        ("of another name", trusted.issue("geniacs.example", 2099)),
        ("of an authority that nobody trusts", stranger.issue("localhost", 2099)),
    ] {
        let partner = TlsPartner::start(config).await;
        let tested = test_connection(&stack, partner.port).await;
        assert_eq!(tested["status"], "failed", "{what}: {tested}");
        assert_eq!(partner.requests.load(Ordering::SeqCst), 0, "{what}");
    }
}
