//! Precedence, and every sentence that stops a start.

use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use secrecy::ExposeSecret as _;

use super::*;

const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

fn read(variables: &[(&str, &str)]) -> Result<Settings, SettingsError> {
    Settings::from_map(variables.iter().copied())
}

fn refused(variables: &[(&str, &str)]) -> String {
    read(variables).unwrap_err().to_string()
}

/// A file that goes with its owner.
struct TextFile(PathBuf);

impl TextFile {
    fn new(text: &str) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("geniacs-settings-{}-{number}", std::process::id()));
        std::fs::write(&path, text).unwrap();
        Self(path)
    }

    fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for TextFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

#[test]
fn defaults_hold_where_nothing_is_set() {
    let settings = read(&[]).unwrap();
    assert_eq!(settings.sync.batch_size, 100);
    assert_eq!(settings.outbound.timeout, Duration::from_secs(30));
    assert_eq!(settings.http.host, IpAddr::from([127, 0, 0, 1]));
    assert_eq!(settings.schedules.time_zone, chrono_tz::Asia::Jakarta);
    assert_eq!(settings.retry.chunk_backoff, [30, 60, 120].map(Duration::from_secs));
    assert_eq!((settings.work.chunks_in_flight, settings.broker.prefetch), (16, 8));
    assert_eq!(settings.telemetry.log_level, LogLevel::Info);

    assert!(settings.mappings.defaults && settings.warnings().is_empty());
    assert!(!settings.outbound.allow_http && settings.outbound.allow.is_empty());
}

#[test]
fn the_environment_is_stronger_than_the_file_and_the_file_than_the_default() {
    let file = TextFile::new("batch_size = 20\nmax_retry_attempts = 5\n[retry]\nchunk_backoff_seconds = [1, 2]\n");
    let settings = read(&[("GENIACS_CONFIG", file.path()), ("GENIACS_BATCH_SIZE", "30")]).unwrap();
    assert_eq!((settings.sync.batch_size, settings.sync.max_retry_attempts), (30, 5));
    assert_eq!(settings.retry.chunk_backoff, [1, 2].map(Duration::from_secs));
    assert_eq!(settings.sync.sync_interval, Duration::from_mins(5));
}

#[test]
fn common_names_work_and_are_weaker_than_our_own() {
    let url = |variables: &[(&str, &str)]| read(variables).unwrap().database.url().unwrap().expose_secret().to_owned();
    let common = ("DATABASE_URL", "postgres://common/db");
    assert_eq!(url(&[common]), "postgres://common/db");
    assert_eq!(url(&[common, ("GENIACS_DATABASE__URL", "postgres://ours/db")]), "postgres://ours/db");
    let settings = read(&[("AMQP_URL", "amqps://host"), ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://otel:4318")]).unwrap();
    assert_eq!(settings.broker.url().unwrap().expose_secret(), "amqps://host");
    assert_eq!(settings.telemetry.otlp_endpoint.unwrap().as_str(), "http://otel:4318/");
}

#[test]
fn the_direct_address_is_the_address_unless_set() {
    let settings = read(&[("DATABASE_URL", "postgres://pooler/db")]).unwrap();
    assert_eq!(settings.database.direct_url().unwrap().expose_secret(), "postgres://pooler/db");
}

#[test]
fn an_empty_variable_counts_as_unset() {
    assert_eq!(read(&[("GENIACS_BATCH_SIZE", ""), ("GENIACS_CONFIG", "")]).unwrap().sync.batch_size, 100);
}

#[test]
fn networks_are_read_from_a_variable_and_from_a_list_and_a_wrong_one_is_named() {
    let shown = |variables: &[(&str, &str)]| format!("{:?}", read(variables).unwrap().outbound.allow);
    assert_eq!(shown(&[("GENIACS_OUTBOUND__ALLOW", "10.0.0.0/8, ::1")]), "[10.0.0.0/8, ::1/128]");
    let file = TextFile::new("[outbound]\nallow = [\"10.0.0.0/8\", \"127.0.0.1\"]\n");
    assert_eq!(shown(&[("GENIACS_CONFIG", file.path())]), "[10.0.0.0/8, 127.0.0.1/32]");
    for wrong in ["10.0.0.0/33", "example.com", "10.0.0.0-10.0.0.9"] {
        assert!(refused(&[("GENIACS_OUTBOUND__ALLOW", wrong)]).contains("outbound.allow"), "{wrong}");
    }
}

#[test]
fn durations_and_switches_take_their_usual_forms() {
    let settings = read(&[("GENIACS_SYNC_INTERVAL", "5m"), ("GENIACS_AUTO_SYNC_ENABLED", "OFF")]).unwrap();
    assert_eq!(settings.sync.sync_interval, Duration::from_mins(5));
    assert!(!settings.sync.auto_sync_enabled);
}

#[test]
fn an_impossible_value_is_named_with_its_source_and_remedy() {
    assert_eq!(
        refused(&[("GENIACS_BATCH_SIZE", "0")]),
        "setting `batch_size` from environment variable GENIACS_BATCH_SIZE is `0`, but it must be a whole number from 1 \
         to 5000: correct it, or remove it for the default 100"
    );
    let file = TextFile::new("batch_size = 6000");
    let sentence = refused(&[("GENIACS_CONFIG", file.path())]);
    assert!(sentence.starts_with(&format!("setting `batch_size` from file {} is `6000`", file.path())), "{sentence}");
}

#[test]
fn every_kind_of_impossible_value_stops_the_start() {
    for (variable, value, must_be) in [
        ("GENIACS_MAX_RETRY_ATTEMPTS", "21", "a whole number from 0 to 20"),
        ("GENIACS_DEFAULT_TIMEOUT", "-1", "seconds from 1 to 600"),
        ("GENIACS_SYNC_INTERVAL", "soon", "seconds from 1 to"),
        ("GENIACS_SYNC_INTERVAL", "99999999999999999999d", "seconds from 1 to"),
        ("GENIACS_AUTO_SYNC_ENABLED", "maybe", "true or false"),
        ("GENIACS_TIME_ZONE", "Mars/Olympus", "an IANA time zone"),
        ("GENIACS_LOG_LEVEL", "loud", "one of trace, debug, info, warning, error, critical"),
        ("GENIACS_HTTP__HOST", "everywhere", "an IP address"),
        ("GENIACS_HTTP__PORT", "65536", "a port from 0 to 65535"),
        ("GENIACS_RETRY__CHUNK_BACKOFF_SECONDS", "30,,60", "seconds from 0 to 86400"),
        ("GENIACS_TELEMETRY__SAMPLE_RATIO", "NaN", "from 0 to 1"),
        ("GENIACS_BROKER__PREFIX", "a b", "up to 100 letters"),
        ("GENIACS_WORK__LEASE_RENEW_SECONDS", "15", "less than `work.lease_seconds`, which is 15"),
    ] {
        let sentence = refused(&[(variable, value)]);
        assert!(sentence.contains(variable) && sentence.contains(value) && sentence.contains(must_be), "{sentence}");
    }
}

#[test]
fn an_address_with_its_password_is_never_repeated() {
    for (variable, scheme) in [
        ("GENIACS_DATABASE__URL", "postgres://"),
        ("DATABASE_URL", "postgresql://"),
        ("AMQP_URL", "amqps://"),
        ("GENIACS_TELEMETRY__OTLP_ENDPOINT", "https://"),
    ] {
        let sentence = refused(&[(variable, "ftp://user:hunter2@host")]);
        assert!(sentence.contains(variable) && sentence.contains(scheme), "{sentence}");
        assert!(!sentence.contains("hunter2"), "{sentence}");
    }

    let settings = read(&[("DATABASE_URL", "postgres://user:hunter2@host/db")]).unwrap();
    assert!(!format!("{settings:?}").contains("hunter2"));
}

#[test]
fn a_missing_setting_is_named_with_its_variables() {
    let settings = read(&[]).unwrap();

    assert_eq!(
        settings.database.url().unwrap_err().to_string(),
        "setting `database.url` is missing: set the environment variable GENIACS_DATABASE__URL or DATABASE_URL \
         (where PostgreSQL is: postgres://user:password@host:5432/name)"
    );

    let broker = settings.broker.url().unwrap_err().to_string();
    assert!(broker.contains("GENIACS_BROKER__URL or AMQP_URL"), "{broker}");

    let keys = settings.encryption.keys().unwrap_err().to_string();
    assert!(keys.contains("GENIACS_ENCRYPTION_KEYS"), "{keys}");
}

#[test]
fn an_unknown_key_is_named_with_its_file_and_the_known_keys() {
    let file = TextFile::new("[database]\nurll = \"postgres://host/db\"\n");

    assert_eq!(
        refused(&[("GENIACS_CONFIG", file.path())]),
        format!(
            "unknown key `database.urll` in file {}: remove it or correct its name; known here: database.url, \
             database.direct_url, database.pool_size, database.role",
            file.path()
        )
    );

    let file = TextFile::new("config = \"other.toml\"");
    assert!(refused(&[("GENIACS_CONFIG", file.path())]).starts_with("unknown key `config`"));
}

#[test]
fn a_missing_or_broken_file_is_named() {
    let sentence = refused(&[("GENIACS_CONFIG", "/nowhere/geniacs.toml")]);
    assert!(
        sentence.starts_with("file /nowhere/geniacs.toml, named by environment variable GENIACS_CONFIG"),
        "{sentence}"
    );
    let file = TextFile::new("batch_size = 1\npassword = hunter2\n");
    let sentence = refused(&[("GENIACS_CONFIG", file.path())]);
    assert!(sentence.contains("is not valid TOML (at line 2") && !sentence.contains("hunter2"), "{sentence}");
}

#[test]
fn the_key_ring_comes_from_a_variable_or_a_file_and_not_from_both() {
    let keys = format!("k1:{KEY}");
    let file = TextFile::new(&format!("{keys}\n"));
    let ring = |variables: &[(&str, &str)]| read(variables).unwrap().encryption.keys().unwrap();
    assert_eq!(ring(&[("GENIACS_ENCRYPTION_KEYS", &keys)]).current_id(), "k1");
    assert_eq!(ring(&[("GENIACS_ENCRYPTION_KEYS_FILE", file.path())]).current_id(), "k1");
    let both = refused(&[("GENIACS_ENCRYPTION_KEYS", &keys), ("GENIACS_ENCRYPTION_KEYS_FILE", file.path())]);
    assert!(both.contains("unset while `encryption_keys` is set"), "{both}");
}

#[test]
fn a_bad_key_ring_is_named_by_its_key_id_and_never_by_its_key() {
    let sentence = refused(&[("GENIACS_ENCRYPTION_KEYS", "k1:c2hvcnQ=")]);
    assert!(
        sentence.contains("environment variable GENIACS_ENCRYPTION_KEYS") && sentence.contains("`k1`"),
        "{sentence}"
    );
    assert!(!sentence.contains("c2hvcnQ"), "{sentence}");
    let sentence = refused(&[("GENIACS_ENCRYPTION_KEYS_FILE", "/nowhere/keys")]);
    assert!(sentence.starts_with("file /nowhere/keys, named by environment variable"), "{sentence}");
}

#[test]
fn an_unknown_variable_is_warned_about_by_name_only() {
    let settings = read(&[("GENIACS_API_GATEWAY_PORT", "tcp://10.0.0.1:80"), ("OTHER", "x")]).unwrap();
    let [warning] = settings.warnings() else { panic!("{:?}", settings.warnings()) };
    assert!(warning.contains("GENIACS_API_GATEWAY_PORT") && !warning.contains("10.0.0.1"), "{warning}");
}

#[test]
fn the_table_names_each_setting_once_and_its_defaults_can_be_set_as_they_stand() {
    let table = table();
    let mut keys: Vec<_> = table.iter().map(|setting| setting.key).collect();
    keys.sort_unstable();
    keys.dedup();
    assert_eq!(keys.len(), table.len());
    let defaults = table.iter().filter_map(|setting| Some((setting.variable(), setting.default?)));
    assert!(Settings::from_map(defaults).unwrap().warnings().is_empty());
    assert!(table.iter().any(|setting| setting.variable() == "GENIACS_RETENTION__WEBHOOK_EVENTS_DAYS"));
}

#[test]
fn mail_needs_a_sender_and_a_password_never_travels_in_the_clear() {
    let host = ("GENIACS_NOTIFICATIONS__SMTP_HOST", "mail.example.com");
    let from = ("GENIACS_NOTIFICATIONS__SMTP_FROM", "geniacs@example.com");
    let user = ("GENIACS_NOTIFICATIONS__SMTP_USER", "geniacs");
    let password = ("GENIACS_NOTIFICATIONS__SMTP_PASSWORD", "hunter2");
    assert!(read(&[]).unwrap().notifications.smtp.is_none());

    let smtp = read(&[host, from, user, password]).unwrap().notifications.smtp.unwrap();
    assert_eq!((smtp.port, smtp.security), (587, SmtpSecurity::StartTls));
    assert!(!format!("{smtp:?}").contains("hunter2"));

    assert!(refused(&[host]).contains("notifications.smtp_from"));
    assert!(refused(&[host, from, user]).contains("notifications.smtp_password"));

    let clear = ("GENIACS_NOTIFICATIONS__SMTP_SECURITY", "none");
    let sentence = refused(&[host, from, user, password, clear]);
    assert!(sentence.contains("starttls or tls") && !sentence.contains("hunter2"), "{sentence}");
    assert!(refused(&[host, ("GENIACS_NOTIFICATIONS__SMTP_FROM", "geniacs")]).contains("an e-mail address"));
}
