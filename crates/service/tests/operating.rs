//! The table of settings in docs/operating.md says what the code says.
//!
//! `UPDATE=1 cargo test --package service --test operating` writes it anew.

use service::settings::{self, Setting};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

const BEGIN: &str = "<!-- settings: written by crates/service/tests/operating.rs -->\n";
const END: &str = "<!-- end of settings -->\n";

fn file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/operating.md")
}

fn table() -> String {
    let mut table = String::from("| variable | key in a file | default | meaning |\n|---|---|---|---|\n");
    for setting in settings::table() {
        // Writing into a String cannot fail.
        let _ = writeln!(table, "{}", row(&setting));
    }
    table
}

fn row(setting: &Setting) -> String {
    let variables = std::iter::once(setting.variable()).chain(setting.aliases.iter().map(ToString::to_string));
    let variables: Vec<String> = variables.map(|name| format!("`{name}`")).collect();
    // The file cannot name itself.
    let key = if setting.key == "config" { "–".to_owned() } else { format!("`{}`", setting.key) };

    let default = match setting.default {
        Some("") => "empty".to_owned(),
        Some(default) => format!("`{default}`"),
        None => "–".to_owned(),
    };

    let meaning = setting.meaning.replace('|', "\\|");
    let secret = if setting.secret { " (never shown)" } else { "" };

    format!("| {} | {key} | {default} | {meaning}{secret} |", variables.join(" or "))
}

/// What stands before, between and after the two marks.
fn parts(text: &str) -> (&str, &str, &str) {
    let parted = text.split_once(BEGIN).and_then(|(before, rest)| Some((before, rest.split_once(END)?)));
    let Some((before, (between, after))) = parted else {
        panic!("docs/operating.md must hold the lines `{}` and `{}`", BEGIN.trim_end(), END.trim_end());
    };
    (before, between, after)
}

#[test]
fn the_table_in_the_operators_guide_is_the_table_of_the_code() {
    let text = std::fs::read_to_string(file()).unwrap();
    let (before, written, after) = parts(&text);
    let table = table();

    if std::env::var_os("UPDATE").is_some_and(|update| update == "1") {
        std::fs::write(file(), format!("{before}{BEGIN}{table}{END}{after}")).unwrap();
        return;
    }

    assert!(
        written == table,
        "the table of settings in docs/operating.md is not that of the code; \
         `UPDATE=1 cargo test --package service --test operating` writes it anew"
    );
}
