//! Output for people and for scripts.

use serde_json::Value;
use std::fmt::Display;
use std::io::{self, Write as _};

/// How a command speaks: in words, or in JSON for a program. In JSON, standard output is one value, and nothing is said
/// beside it.
#[derive(Debug, Clone, Copy)]
pub struct Output {
    json: bool,
}

impl Output {
    /// In words, or in JSON.
    pub fn new(json: bool) -> Self {
        Self { json }
    }

    /// Whether a program reads it.
    pub fn is_json(self) -> bool {
        self.json
    }

    /// The result of the command, in words or as data.
    pub fn done(self, text: impl Display, data: &Value) -> io::Result<()> {
        if self.json { self.data(data) } else { print_line(text) }
    }

    /// The value that a program gets.
    pub fn data(self, data: &Value) -> io::Result<()> {
        if self.json { print_line(format_args!("{data:#}")) } else { Ok(()) }
    }

    /// A part of the output that only people get.
    pub fn line(self, text: impl Display) -> io::Result<()> {
        if self.json { Ok(()) } else { print_line(text) }
    }

    /// A remark for a person, beside the output.
    pub fn note(self, text: impl Display) {
        if !self.json {
            eprintln!("{text}");
        }
    }
}

fn print_line(text: impl Display) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{text}")?;
    out.flush()
}

/// A whole number with its thousands set apart: `10,000`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);

    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }

    text
}

/// How many a second, rounded; the number itself if no time passed.
pub fn per_second(number: u64, seconds: f64) -> u64 {
    let count = f64::from(u32::try_from(number).unwrap_or(u32::MAX));
    let rate = (count / seconds.max(1e-3)).round();
    // Never negative, and far below what a u64 holds.
    format!("{rate:.0}").parse().unwrap_or(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_set_apart() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
    }

    #[test]
    fn a_rate_is_rounded() {
        assert_eq!(per_second(10_000, 4.0), 2_500);
        assert_eq!(per_second(0, 0.0), 0);
    }
}
