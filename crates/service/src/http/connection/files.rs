//! How many connections the operating system lets this process have.

/// What the database, the broker, the log and the like need beside them.
const OTHER_FILES: usize = 200;

/// As many connections as asked for, or fewer where the process may not open so many files: a server without a file left
/// cannot even reach its database.
pub(in crate::http) fn possible_connections(asked: usize) -> usize {
    // Only Linux has this file; elsewhere the setting alone counts.
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let Some(files) = open_files(&limits) else { return asked };

    let possible = files.saturating_sub(OTHER_FILES).max(files / 2);
    if possible < asked {
        tracing::warn!(
            asked,
            possible,
            "this process may open {files} files only; raise its limit (ulimit -n, LimitNOFILE) for more connections"
        );
    }
    asked.min(possible)
}

/// The soft limit of open files; none where there is no limit.
fn open_files(limits: &str) -> Option<usize> {
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_soft_limit_counts() {
        let limits = "Limit                     Soft Limit           Hard Limit           Units     \n\
            Max processes             unlimited            unlimited            processes \n\
            Max open files            1024                 524288               files     \n";
        assert_eq!(open_files(limits), Some(1024));
        assert_eq!(open_files("Max open files            unlimited            unlimited            files"), None);
        assert_eq!(open_files(""), None);
    }
}
