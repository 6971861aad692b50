//! The dashboard's files, beside the API.

use crate::stand::{Stand, variables};
use reqwest::{Method, Response};
use secrets::KeyRing;
use service::{CancellationToken, Settings};
use std::fs;
use std::path::{Path, PathBuf};

/// A folder as the build of the dashboard makes it; it goes with this value.
struct Built(PathBuf);

impl Built {
    fn new() -> Self {
        let folder = std::env::temp_dir().join(format!("geniacs-dashboard-{}", uuid::Uuid::new_v4()));
        fs::create_dir_all(folder.join("assets")).unwrap();
        let built = Self(folder);
        built.write("index.html", r#"<meta name="csp-nonce" content="__CSP_NONCE__"><title>Geniacs</title>"#);
        built.write("assets/index-1a2b.js", "console");
        built.write("assets/index-1a2b.js.br", "brotli of it");
        built.write("assets/index-1a2b.js.gz", "gzip of it");
        built.write("favicon.svg", "<svg/>");
        built
    }

    fn write(&self, name: &str, content: &str) {
        fs::write(self.0.join(name), content).unwrap();
    }

    async fn serve(&self) -> Stand {
        Stand::start_with(&[("GENIACS_DASHBOARD__FOLDER", self.0.to_str().unwrap())]).await
    }
}

impl Drop for Built {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

async fn get(stand: &Stand, path: &str, encodings: &str) -> Response {
    stand.request(Method::GET, path).header("Accept-Encoding", encodings).send().await.unwrap()
}

fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    response.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_path_outside_the_api_is_answered_by_the_page_with_a_nonce_of_its_own() {
    let built = Built::new();
    let stand = built.serve().await;
    let mut policies = Vec::new();

    for path in ["/", "/integrations", "/sync-status?integration=1"] {
        let response = get(&stand, path, "identity").await;
        assert_eq!(response.status(), 200, "{path}");
        assert_eq!(header(&response, "cache-control"), "no-store");

        let policy = header(&response, "content-security-policy").to_owned();
        let nonce = policy.split("'nonce-").nth(1).unwrap().split('\'').next().unwrap().to_owned();
        assert!(!policy.contains("unsafe"), "{policy}");
        assert!(response.text().await.unwrap().contains(&format!("content=\"{nonce}\"")));
        policies.push(policy);
    }

    policies.dedup();
    assert_eq!(policies.len(), 3, "no nonce is used twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn hashed_files_are_kept_for_ever_in_the_best_form_that_the_client_takes() {
    let built = Built::new();
    let stand = built.serve().await;

    for (encodings, encoding, body) in [
        ("gzip, br", "br", "brotli of it"),
        ("gzip", "gzip", "gzip of it"),
        ("br;q=0, gzip", "gzip", "gzip of it"),
        ("identity", "", "console"),
    ] {
        let response = get(&stand, "/assets/index-1a2b.js", encodings).await;
        assert_eq!(header(&response, "content-encoding"), encoding, "{encodings}");
        assert_eq!(header(&response, "cache-control"), "public, max-age=31536000, immutable");
        assert_eq!(header(&response, "content-type"), "text/javascript; charset=utf-8");
        assert_eq!(header(&response, "vary"), "Accept-Encoding");
        assert_eq!(response.text().await.unwrap(), body);
    }
    assert_eq!(header(&get(&stand, "/favicon.svg", "br").await, "cache-control"), "public, max-age=600");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_that_is_gone_is_not_answered_by_the_page() {
    let built = Built::new();
    let stand = built.serve().await;
    assert_eq!(get(&stand, "/assets/index-0ld.js", "br").await.status(), 404);
    assert_eq!(stand.request(Method::POST, "/integrations").send().await.unwrap().status(), 405);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_api_stays_where_it_is() {
    let built = Built::new();
    let stand = built.serve().await;
    let response = get(&stand, "/api/geniacs/nothing", "identity").await;
    assert_eq!(response.status(), 404);
    assert_eq!(header(&response, "content-type"), "application/json");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_folder_a_page_names_the_command_that_builds_it() {
    let stand = Stand::start().await;
    let response = get(&stand, "/", "identity").await;
    assert_eq!(response.status(), 404);
    assert!(response.text().await.unwrap().contains("make dashboard"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_holds_no_dashboard_stops_the_start_with_one_sentence() {
    service::install_tls_provider();
    let database = test_support::TestDatabase::create().await;
    let built = Built::new();
    fs::remove_file(built.0.join("index.html")).unwrap();

    for (folder, words) in [(built.0.as_path(), "holds no index.html"), (Path::new("/nowhere"), "cannot be read")] {
        let further = [("GENIACS_DASHBOARD__FOLDER", folder.to_str().unwrap())];
        let variables = variables(database.url(), &KeyRing::generate_entry("test"), &further);
        let settings = Settings::from_map(variables).unwrap();
        let sentence = api_gateway::start(settings, CancellationToken::new()).await.unwrap_err().to_string();
        assert!(sentence.contains(words), "{sentence}");
    }
}
