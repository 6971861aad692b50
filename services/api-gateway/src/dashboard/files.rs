//! The dashboard's files, held in memory.

use super::page::IndexPage;
use actix_web::http::header::ContentEncoding;
use actix_web::web::Bytes;
use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// More than this is no dashboard but a folder that was named by mistake.
const MOST_BYTES: u64 = 64 << 20;
const INDEX: &str = "index.html";

/// Why the folder could not be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DashboardError {
    /// A file or folder of it could not be read.
    #[error("{} cannot be read ({source}): correct GENIACS_DASHBOARD__FOLDER, or leave it empty", path.display())]
    Unreadable {
        /// Which one.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// There is no page in it.
    #[error("{} holds no index.html: name the folder that `make dashboard` builds", .0.display())]
    NoIndex(PathBuf),
    /// It is something else.
    #[error("{} holds more than 64 MiB: name the folder that `make dashboard` builds", .0.display())]
    TooLarge(PathBuf),
}

/// One file and its compressed forms, where the build made any.
#[derive(Debug)]
pub(crate) struct DashboardFile {
    pub(crate) media_type: &'static str,
    plain: Bytes,
    brotli: Option<Bytes>,
    gzip: Option<Bytes>,
}

impl DashboardFile {
    /// The form to send to a client that takes `accepted` encodings, in the order of our preference.
    pub(crate) fn form(&self, accepts: impl Fn(ContentEncoding) -> bool) -> (ContentEncoding, Bytes) {
        let compressed = [(ContentEncoding::Brotli, &self.brotli), (ContentEncoding::Gzip, &self.gzip)];
        let taken = compressed.into_iter().find_map(|(encoding, form)| {
            let form = form.as_ref()?;
            accepts(encoding).then(|| (encoding, form.clone()))
        });

        taken.unwrap_or_else(|| (ContentEncoding::Identity, self.plain.clone()))
    }
}

/// All that the dashboard consists of.
#[derive(Debug)]
pub(crate) struct Dashboard {
    files: HashMap<String, DashboardFile>,
    page: IndexPage,
}

impl Dashboard {
    /// Reads a folder that the build of the dashboard made.
    pub(crate) fn read(folder: &Path) -> Result<Self, DashboardError> {
        let mut contents = HashMap::new();
        let mut bytes_left = MOST_BYTES;
        read_folder(folder, "", &mut contents, &mut bytes_left)?;

        let index = contents.remove(INDEX).ok_or_else(|| DashboardError::NoIndex(folder.to_owned()))?;
        let page = IndexPage::new(&String::from_utf8_lossy(&index));
        Ok(Self { files: with_compressed_forms(&contents), page })
    }

    /// The file of a path without its leading slash.
    pub(crate) fn file(&self, path: &str) -> Option<&DashboardFile> {
        self.files.get(path)
    }

    /// The page that runs everything else.
    pub(crate) fn page(&self) -> &IndexPage {
        &self.page
    }
}

/// Reads a folder and those below it; names are paths with slashes from `prefix` on.
fn read_folder(
    folder: &Path,
    prefix: &str,
    contents: &mut HashMap<String, Bytes>,
    bytes_left: &mut u64,
) -> Result<(), DashboardError> {
    let unreadable = |path: &Path| {
        let path = path.to_owned();
        move |source| DashboardError::Unreadable { path, source }
    };

    for entry in fs::read_dir(folder).map_err(unreadable(folder))? {
        let entry = entry.map_err(unreadable(folder))?;
        let path = entry.path();
        let metadata = fs::metadata(&path).map_err(unreadable(&path))?;
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());

        if metadata.is_dir() {
            read_folder(&path, &format!("{name}/"), contents, bytes_left)?;
            continue;
        }
        *bytes_left =
            bytes_left.checked_sub(metadata.len()).ok_or_else(|| DashboardError::TooLarge(folder.to_owned()))?;
        contents.insert(name, fs::read(&path).map_err(unreadable(&path))?.into());
    }
    Ok(())
}

/// Puts `x.br` and `x.gz` to the `x` that they are forms of.
fn with_compressed_forms(contents: &HashMap<String, Bytes>) -> HashMap<String, DashboardFile> {
    let is_form = |name: &str| {
        let plain = name.strip_suffix(".br").or_else(|| name.strip_suffix(".gz"));
        plain.is_some_and(|plain| contents.contains_key(plain))
    };

    let plain_names = contents.keys().filter(|name| !is_form(name));
    plain_names
        .map(|name| {
            let form = |suffix: &str| contents.get(&format!("{name}{suffix}")).cloned();
            let file = DashboardFile {
                media_type: media_type(name),
                plain: contents.get(name).cloned().unwrap_or_default(),
                brotli: form(".br"),
                gzip: form(".gz"),
            };
            (name.clone(), file)
        })
        .collect()
}

/// The types of files that the build makes; browsers offer any other file for saving.
fn media_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, ending)| ending) {
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("woff2") => "font/woff2",
        Some("json" | "webmanifest") => "application/json",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
