//! The client and addresses that lead inside: nothing is connected to, however they are written.

#![expect(clippy::unwrap_used, reason = "a test stops where something is missing")]

use geniacs::{Account, Client, Guard, HttpOptions, Outbound, OutboundRefusal, PartnerError};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use secrecy::SecretString;
use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use url::Url;

/// Something inside, on every address of this machine, that counts who comes.
struct Inside {
    port: u16,
    connections: Arc<AtomicUsize>,
}

impl Inside {
    async fn open() -> Self {
        let listener = TcpListener::bind("[::]:0").await.unwrap();
        let (port, connections) = (listener.local_addr().unwrap().port(), Arc::<AtomicUsize>::default());
        let counted = connections.clone();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(async move {
                    let _ = stream.read(&mut [0; 4096]).await;
                    let answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}";
                    stream.write_all(answer.as_bytes()).await
                });
            }
        });
        Self { port, connections }
    }

    fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

/// A name server that gives one answer after the other, the last one for ever.
struct Script {
    answers: Vec<Vec<IpAddr>>,
    asked: AtomicUsize,
}

impl Script {
    fn new(answers: &[&[&str]]) -> Arc<Self> {
        let parse = |ips: &&[&str]| ips.iter().map(|ip| ip.parse().unwrap()).collect();
        Arc::new(Self { answers: answers.iter().map(parse).collect(), asked: AtomicUsize::new(0) })
    }
}

impl Resolve for Script {
    fn resolve(&self, _: Name) -> Resolving {
        let turn = self.asked.fetch_add(1, Ordering::SeqCst).min(self.answers.len() - 1);
        let answer: Vec<_> = self.answers[turn].iter().map(|ip| SocketAddr::new(*ip, 0)).collect();
        Box::pin(async move { Ok(Box::new(answer.into_iter()) as Addrs) })
    }
}

fn client(outbound: &Outbound, base_url: Url) -> Client {
    let account = Account {
        base_url,
        api_key: SecretString::from("key"),
        api_secret: SecretString::from("secret"),
        timeout: Duration::from_secs(2),
        endpoints: HashMap::new(),
    };
    Client::new(outbound.clone(), account).unwrap()
}

fn guarded(allow: &[&str]) -> Outbound {
    Outbound::new(&options(), guard(allow)).unwrap()
}

fn options() -> HttpOptions {
    HttpOptions { connect_timeout: Duration::from_millis(300), ..HttpOptions::default() }
}

fn guard(allow: &[&str]) -> Guard {
    let allow: Vec<_> = allow.iter().map(|network| network.parse().unwrap()).collect();
    Guard::new(true, &allow)
}

/// Ways to write this machine, its link, its network and those next to them. `{}` is the port.
const SPELLINGS: &[&str] = &[
    "http://127.0.0.1:{}",
    "http://127.0.0.1.:{}",
    "http://127.1:{}",
    "http://127.0.1:{}",
    "http://127.1.:{}",
    "http://127.255.255.254:{}",
    "http://127.000.000.001:{}",
    "http://2130706433:{}",
    "http://2130706433.:{}",
    "http://017700000001:{}",
    "http://0177.0.0.1:{}",
    "http://0177.0.0.01:{}",
    "http://00000177.0.0.1:{}",
    "http://0x7f000001:{}",
    "http://0X7F000001:{}",
    "http://0x7f.1:{}",
    "http://0x7f.0.0.0x1:{}",
    "http://0x7f.0x0.0x0.0x1:{}",
    "http://0x000000007f.1:{}",
    "http://127.0x1:{}",
    "http://0:{}",
    "http://0.0.0.0:{}",
    "http://0x0:{}",
    "http://00:{}",
    "http://0.0:{}",
    "http://%31%32%37.0.0.1:{}",
    "http://127%2e0%2e0%2e1:{}",
    "http://127。0。0。1:{}",
    "http://127．0．0．1:{}",
    "http://127｡0｡0｡1:{}",
    "http://１２７.０.０.１:{}",
    "http://①②⑦.⓪.⓪.①:{}",
    "http://𝟏𝟐𝟕.𝟎.𝟎.𝟏:{}",
    "http://０x7f.1:{}",
    "http://12\u{ad}7.0.0.1:{}",
    "http://localhost:{}",
    "http://LOCALHOST:{}",
    "http://localhost.:{}",
    "http://ｌｏｃａｌｈｏｓｔ:{}",
    "http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ:{}",
    "http://loc%61lhost:{}",
    "http://a.localhost:{}",
    "http://a.b.localhost.:{}",
    "http://[::1]:{}",
    "http://[0:0:0:0:0:0:0:1]:{}",
    "http://[0000:0000:0000:0000:0000:0000:0000:0001]:{}",
    "http://[::]:{}",
    "http://[::0.0.0.1]:{}",
    "http://[::ffff:127.0.0.1]:{}",
    "http://[::ffff:7f00:1]:{}",
    "http://[0:0:0:0:0:ffff:127.0.0.1]:{}",
    "http://[::FFFF:7F00:0001]:{}",
    "http://[::ffff:0.0.0.0]:{}",
    "http://[::127.0.0.1]:{}",
    "http://[::7f00:1]:{}",
    "http://[64:ff9b::127.0.0.1]:{}",
    "http://[64:ff9b::7f00:1]:{}",
    "http://[64:ff9b::a9fe:a9fe]:{}",
    "http://[64:ff9b:1::127.0.0.1]:{}",
    "http://[2002:7f00:1::]:{}",
    "http://[2002:7f00:1::1]:{}",
    "http://[2001:0:7f00:1::]:{}",
    "http://[2001:0:4136:e378:8000:63bf:80ff:fffe]:{}",
    "http://[2a00::5efe:127.0.0.1]:{}",
    "http://[fe80::1]:{}",
    "http://[fe80::1%25lo]:{}",
    "http://[fe80::1%lo]:{}",
    "http://[::1%25lo]:{}",
    "http://[fd00:ec2::254]:{}",
    "http://[fec0::1]:{}",
    "http://[ff02::1]:{}",
    "http://user@127.0.0.1:{}",
    "http://public.example@127.0.0.1:{}",
    "http://public.example:80@127.0.0.1:{}",
    "http://public.example%2f@127.0.0.1:{}",
    "http://public.example\\@127.0.0.1:{}",
    "http://127.0.0.1:{}#@public.example",
    "http://127.0.0.1:{}?@public.example",
    "http:/127.0.0.1:{}",
    "http:127.0.0.1:{}",
    "http:\\\\127.0.0.1:{}",
    "http:////127.0.0.1:{}",
    "ht\ttp://127.0.\n0.1:{}",
    "http://169.254.169.254:{}",
    "http://0xa9fea9fe:{}",
    "http://2852039166:{}",
    "http://[::ffff:169.254.169.254]:{}",
    "http://168.63.129.16:{}",
    "http://10.0.0.1:{}",
    "http://012.1:{}",
    "http://172.16.0.1:{}",
    "http://172.31.255.255:{}",
    "http://192.168.0.1:{}",
    "http://3232235521:{}",
    "http://100.64.0.1:{}",
    "http://198.18.0.1:{}",
    "http://192.0.2.1:{}",
    "http://203.0.113.1:{}",
    "http://224.0.0.1:{}",
    "http://255.255.255.255:{}",
    "http://4294967295:{}",
    "http://240.0.0.1:{}",
];

#[tokio::test]
async fn no_spelling_of_an_address_inside_is_ever_connected_to() {
    assert!(SPELLINGS.len() >= 60);
    let (inside, outbound) = (Inside::open().await, guarded(&[]));
    let mut called = 0;
    for spelling in SPELLINGS {
        // What no address can be made of cannot be stored either.
        let Ok(url) = Url::parse(&spelling.replace("{}", &inside.port.to_string())) else { continue };

        let error = client(&outbound, url).health().await.unwrap_err();
        let refused = matches!(error, PartnerError::AddressRefused(_));
        // Two of them name the public host, which nobody here knows.
        let public = matches!(error, PartnerError::Connection { .. }) && spelling.contains("public.example");
        assert!(refused || public, "{spelling}: {error:?}");
        assert!(!error.is_retryable() || public, "{spelling}: {error:?}");
        called += 1;
    }

    assert!(called >= 60, "{called}");
    assert_eq!(inside.connections(), 0);
}

#[tokio::test]
async fn an_allowed_network_is_connected_to() {
    let inside = Inside::open().await;
    let outbound = guarded(&["127.0.0.0/8", "::1/128"]);
    let spellings = ["127.0.0.1", "0x7f.1", "[::ffff:127.0.0.1]", "localhost", "[::1]"];
    for (count, host) in spellings.iter().enumerate() {
        let url = format!("http://{host}:{}", inside.port).parse().unwrap();
        client(&outbound, url).health().await.unwrap();
        assert_eq!(inside.connections(), count + 1, "{host}");
    }
}

#[tokio::test]
async fn a_name_that_is_public_at_first_and_leads_inside_later_is_not_followed() {
    let inside = Inside::open().await;
    // Nobody answers at the first one; a connection to it is tried all the same.
    let script = Script::new(&[&["192.0.1.1"], &["127.0.0.1", "::1", "::ffff:127.0.0.1"]]);
    let outbound = Outbound::resolving_by(&options(), guard(&[]), script.clone()).unwrap();
    let client = client(&outbound, format!("http://partner.example:{}", inside.port).parse().unwrap());

    let first = client.health().await.unwrap_err();
    assert!(!matches!(first, PartnerError::AddressRefused(_)), "{first:?}");

    for _ in 0..3 {
        let error = client.health().await.unwrap_err();
        let name = "partner.example".to_owned();
        assert_eq!(error, PartnerError::AddressRefused(OutboundRefusal::Name { name }));
        let sentence = error.to_string();
        assert!(sentence.contains("GENIACS_OUTBOUND__ALLOW") && !sentence.contains("127"), "{sentence}");
    }

    assert_eq!((script.asked.load(Ordering::SeqCst), inside.connections()), (4, 0));
}

#[tokio::test]
async fn of_a_name_with_several_addresses_only_those_that_may_be_called_are() {
    let inside = Inside::open().await;
    let script = Script::new(&[&["::1", "10.0.0.1", "127.0.0.1"]]);
    let outbound = Outbound::resolving_by(&options(), guard(&["127.0.0.0/8"]), script).unwrap();
    client(&outbound, format!("http://partner.example:{}", inside.port).parse().unwrap()).health().await.unwrap();

    let script = Script::new(&[&["::1", "192.0.1.1", "127.0.0.1"]]);
    let outbound = Outbound::resolving_by(&options(), guard(&[]), script).unwrap();
    let partner = client(&outbound, format!("http://partner.example:{}", inside.port).parse().unwrap());
    assert!(partner.health().await.is_err());

    assert_eq!(inside.connections(), 1);
}
