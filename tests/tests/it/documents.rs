//! `ARCHITECTURE.md` and `docs/engine` name files, tables and functions; each of them is there.

use std::fs::{read_dir, read_to_string};
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The documents, each with its text.
fn documents() -> Vec<(PathBuf, String)> {
    let engine = read_dir(root().join("docs/engine")).expect("the folder is read");
    let documents = engine.map(|entry| entry.expect("an entry").path()).chain([root().join("ARCHITECTURE.md")]);
    documents.map(|path| (path.clone(), read_to_string(&path).expect("the document is read"))).collect()
}

/// The texts in backticks, without those in blocks of code.
fn quoted(document: &str) -> impl Iterator<Item = &str> {
    let prose = document.split("```").step_by(2);
    prose.flat_map(|prose| prose.split('`').skip(1).step_by(2))
}

/// Appends the text of the sources and SQL files of a folder.
fn sources(folder: &Path, all: &mut String) {
    for entry in read_dir(folder).expect("the folder is read").flatten() {
        let path = entry.path();
        let is_source = path.extension().is_some_and(|extension| extension == "rs" || extension == "sql");
        if path.is_dir() {
            sources(&path, all);
        } else if is_source {
            all.push_str(&read_to_string(&path).expect("the source is read"));
        }
    }
}

#[test]
fn every_path_that_the_architecture_names_is_there() {
    for (document, text) in documents() {
        let is_path = |name: &&str| {
            name.contains('/') && !name.contains([' ', '{', '<', '\n']) && name.starts_with(char::is_alphabetic)
        };
        let missing: Vec<&str> = quoted(&text).filter(is_path).filter(|path| !root().join(path).exists()).collect();
        assert!(missing.is_empty(), "{} names paths that are not there: {missing:?}", document.display());
    }
}

#[test]
fn every_link_of_the_architecture_leads_somewhere() {
    for (document, text) in documents() {
        let folder = document.parent().expect("a folder");
        let links = text.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next());
        let missing: Vec<&str> = links.filter(|link| !folder.join(link).exists()).collect();
        assert!(missing.is_empty(), "{} links to what is not there: {missing:?}", document.display());
    }
}

#[test]
fn every_function_table_and_column_that_the_architecture_names_is_there() {
    let mut all = String::new();
    for folder in ["crates", "services", "tools", "migrations"] {
        sources(&root().join(folder), &mut all);
    }
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';

    for (document, text) in documents() {
        let words = quoted(&text).flat_map(|quoted| quoted.split(|c| !is_part(c)));
        // A single word in small letters may be any word.
        let is_name = |word: &&str| word.contains('_') && word.starts_with(|c: char| c.is_ascii_lowercase());
        let missing: Vec<&str> = words.filter(is_name).filter(|name| !all.contains(name)).collect();
        assert!(missing.is_empty(), "{} names what is not there: {missing:?}", document.display());
    }
}
