//! Which stories are told.

/// Reads `1000` (from 0), `40-79`, or several of those with commas between them.
pub fn parse(text: &str) -> Option<Vec<u64>> {
    let mut seeds = Vec::new();
    for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        match part.split_once('-') {
            Some((first, last)) => seeds.extend(first.trim().parse().ok()?..=last.trim().parse::<u64>().ok()?),
            None => seeds.push(part.parse().ok()?),
        }
    }
    Some(seeds)
}

/// Seeds whose stories are known to end badly: one number or range a line, what they show behind a `#`.
pub fn known() -> Vec<u64> {
    let lines = include_str!("../known.txt").lines().map(|line| line.split('#').next().unwrap_or_default());
    lines.filter_map(parse).flatten().collect()
}
