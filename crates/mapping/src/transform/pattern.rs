//! Replacing text: by text, or by a regular expression.

use crate::problem::Failure;
use crate::rule;
use regex::{Regex, RegexBuilder};
use serde_json::Value;
use std::borrow::Cow;

/// What a compiled expression and its automata may take, in bytes.
const MAX_PROGRAM: usize = 1 << 20;
/// Replacing stops where it would make a text longer than this, in bytes.
const MAX_RESULT: usize = 1 << 20;
const REPLACE: &str = r#"{"from": "Jl.", "to": "Jalan"}, or a list of such objects"#;
pub(super) const REGEX: &str = r#"{"pattern": "^(\\d+)-(\\d+)$", "replacement": "$1/$2"}"#;

/// Texts and what takes their place, one after the other.
#[derive(Debug)]
pub(crate) struct Replacements(Vec<(String, String)>);

impl Replacements {
    pub(super) fn read(argument: &Value) -> Result<Self, String> {
        let one = |written: &Value| {
            let parts = rule::read_parts(written, &["from", "to"], REPLACE)?;
            let from = rule::read_text(parts.get("from").unwrap_or(&Value::Null)).map_err(|e| format!("`from` {e}"))?;
            Ok((from.to_owned(), read_replacement(parts.get("to"), "to", REPLACE)?))
        };

        match argument {
            Value::Array(items) if (1..=100).contains(&items.len()) => items.iter().map(one).collect::<Result<_, _>>(),
            Value::Array(_) => Err(format!("must have 1 to 100 replacements: {REPLACE}")),
            written => one(written).map(|pair| vec![pair]),
        }
        .map(Self)
    }

    pub(super) fn apply(&self, text: &mut Cow<'_, str>) -> Result<(), Failure> {
        for (from, to) in &self.0 {
            let count = text.matches(from.as_str()).count();
            if count == 0 {
                continue;
            }
            // Two harmless rules could make a text of gigabytes out of a short one.
            if to.len() > from.len() && text.len() + count * (to.len() - from.len()) > MAX_RESULT {
                return Err(too_long("replace"));
            }

            *text = Cow::Owned(text.replace(from.as_str(), to));
        }
        Ok(())
    }
}

/// A regular expression, whose time is linear in the text, and what takes the place of what it finds.
#[derive(Debug)]
pub(crate) struct Pattern {
    regex: Regex,
    replacement: String,
    /// How many times the replacement names what was found.
    names: usize,
}

impl Pattern {
    pub(super) fn read(argument: &Value) -> Result<Self, String> {
        let parts = rule::read_parts(argument, &["pattern", "replacement"], REGEX)?;
        let pattern =
            rule::read_text(parts.get("pattern").unwrap_or(&Value::Null)).map_err(|e| format!("`pattern` {e}"))?;

        let built =
            RegexBuilder::new(pattern).size_limit(MAX_PROGRAM).dfa_size_limit(MAX_PROGRAM).nest_limit(50).build();
        let regex = built.map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => "has a `pattern` that would take too much memory; write fewer or \
                smaller repetitions"
                .to_owned(),
            // The error shows the pattern over several lines; its last one says what is wrong.
            error => format!(
                "has a `pattern` that is no regular expression ({}); look-around and back-references do not exist here",
                error.to_string().lines().last().unwrap_or_default()
            ),
        })?;

        let replacement = read_replacement(parts.get("replacement"), "replacement", REGEX)?;
        let names = check_names(&regex, &replacement)?;
        Ok(Self { regex, replacement, names })
    }

    pub(super) fn apply(&self, text: &mut Cow<'_, str>) -> Result<(), Failure> {
        let Some(changed) = self.changed(text)? else { return Ok(()) };
        *text = Cow::Owned(changed);
        Ok(())
    }

    fn changed(&self, text: &str) -> Result<Option<String>, Failure> {
        let mut found = self.regex.captures_iter(text).peekable();
        if found.peek().is_none() {
            return Ok(None);
        }

        let mut changed = String::with_capacity(text.len());
        let mut done = 0;
        for captures in found {
            let Some(whole) = captures.get(0) else { continue };

            changed.push_str(&text[done..whole.start()]);

            if changed.len() + self.replacement.len() + self.names * whole.len() > MAX_RESULT {
                return Err(too_long("regex"));
            }

            captures.expand(&self.replacement, &mut changed);
            done = whole.end();
        }

        changed.push_str(&text[done..]);
        Ok(Some(changed))
    }
}

fn too_long(rule: &'static str) -> Failure {
    Failure::new(rule, "would become longer than a mebibyte")
}

/// What takes another text's place: any text, also none.
fn read_replacement(written: Option<&Value>, name: &str, example: &str) -> Result<String, String> {
    match written {
        Some(Value::String(text)) if text.is_empty() => Ok(String::new()),
        Some(written) => rule::read_text(written).map(str::to_owned).map_err(|e| format!("`{name}` {e}, or empty")),
        None => Err(format!("must have `{name}`, such as {example}")),
    }
}

/// Sees that a replacement names groups that the expression has, and counts them.
fn check_names(regex: &Regex, replacement: &str) -> Result<usize, String> {
    let mut rest = replacement;
    let mut count = 0;
    while let Some(at) = rest.find('$') {
        rest = &rest[at + 1..];
        // `$$` stands for a dollar sign.
        if let Some(after) = rest.strip_prefix('$') {
            rest = after;
            continue;
        }

        let braced = rest.strip_prefix('{').and_then(|inside| inside.split_once('}'));
        let word = rest.len() - rest.trim_start_matches(|c: char| c == '_' || c.is_ascii_alphanumeric()).len();
        let name = braced.map_or(&rest[..word], |(name, _)| name);

        if name.is_empty() {
            continue;
        }

        let known = match name.parse::<usize>() {
            Ok(number) => number < regex.captures_len(),
            Err(_) => regex.capture_names().flatten().any(|known| known == name),
        };

        if !known {
            return Err(format!(
                "has a `replacement` with `${name}`, which is no group of the pattern; write ${{1}} where a letter \
                 follows, and $$ for a dollar sign"
            ));
        }

        count += 1;
    }
    Ok(count)
}
