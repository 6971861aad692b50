//! JSON of the database that may hold numbers of any size: those that an earlier version stored.

/// A condition: whether every number of a `jsonb` column is short, and all of them are, when they are written out.
///
/// The server keeps `1e131071` in a few bytes and writes it out with 131,072 characters as soon as the document is read. So
/// the numbers are looked at where they are, and written out only where that is known to be short.
pub fn is_bounded(column: &str) -> String {
    format!(
        "(SELECT coalesce(sum(CASE WHEN scale(n) > {digits} OR abs(n) >= '1e{digits}'::numeric THEN {most} + 1
                                   ELSE length(n::text) END), 0) <= {most}
          FROM (SELECT value::numeric AS n
                FROM jsonb_path_query({column}, 'strict $.** ? (@.type() == \"number\")') AS p (value)) AS numbers)",
        digits = domain::json::MAX_DIGITS,
        // What the longest body that is taken may come to.
        most = 2 * 1024 * 1024,
    )
}
