//! Where the gateway is, and who calls.

use anyhow::{Context as _, bail};
use clap::Args;
use secrets::SecretString;
use url::Url;

/// Tokens that are taken where `--token` and `GENIACS_TOKEN` are not given: what the demo writes.
const OTHER_VARIABLE: &str = "ADMIN_TOKEN";

/// Where the gateway is, and who calls.
#[derive(Debug, Args)]
pub struct GatewayOptions {
    /// The gateway's address
    #[arg(long, env = "GATEWAY_URL", default_value = "http://127.0.0.1:8080")]
    pub(crate) gateway_url: String,
    /// A bearer token, as `token create` makes it; ADMIN_TOKEN works too. Better given by the environment, since others can
    /// read a command's arguments
    #[arg(long, env = "GENIACS_TOKEN", hide_env_values = true)]
    pub(crate) token: Option<String>,
}

impl GatewayOptions {
    pub(super) fn resolve(self) -> anyhow::Result<(String, SecretString)> {
        let base = http_address(&self.gateway_url).context("--gateway-url (GATEWAY_URL) cannot be used")?;

        let token = self.token.or_else(|| std::env::var(OTHER_VARIABLE).ok()).filter(|token| !token.is_empty());
        let Some(token) = token else {
            bail!("no token was given; make one with `geniacsctl token create` and set GENIACS_TOKEN to it");
        };

        // Such a token could not be a header, and the HTTP library would fail without saying why.
        if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            bail!("the token holds characters that no token has; copy it again");
        }

        Ok((base, SecretString::from(token)))
    }
}

/// An address without a trailing slash.
pub fn http_address(text: &str) -> anyhow::Result<String> {
    match Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => {
            Ok(text.trim_end_matches('/').to_owned())
        }
        _ => bail!("an address begins with http:// or https:// and names a host, such as http://127.0.0.1:8080"),
    }
}
