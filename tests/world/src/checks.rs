//! What has to hold once everything is quiet.

use crate::cast::Cast;
use crate::fields::Field;
use crate::partner::{External, Partner, Record};
use crate::provider::Row;
use crate::truth::{Edit, Lineage, Side, Story};
use crate::world::World;
use domain::SyncType;
use std::cell::Ref;
use std::collections::{BTreeMap, BTreeSet};

/// Something that does not hold.
#[derive(Debug, Clone)]
pub struct Violation {
    /// The check's name.
    pub check: &'static str,
    /// The record, where it is about one.
    pub lineage: String,
    /// What is wrong, and when it was seen.
    pub text: String,
}

impl Violation {
    pub(crate) fn of_time(longest: std::time::Duration) -> Self {
        let text = format!("the story did not come to its end within {} s", longest.as_secs());
        Self { check: "time", lineage: String::new(), text }
    }

    pub(crate) fn about(&self) -> (String, String) {
        (self.check.to_owned(), self.lineage.clone())
    }
}

/// What the engine recorded about rows.
struct Records {
    /// Rows with an open conflict.
    open: BTreeSet<i64>,
    /// What conflicts and history say, by row.
    said: BTreeMap<i64, Vec<String>>,
    /// Rows of which a run says that nobody knows what became of their request.
    unknown: BTreeSet<i64>,
    /// Rows that failed because they hold what the mapping refuses.
    invalid: BTreeSet<i64>,
    /// Rows that failed because they need a value that another one holds.
    duplicates: BTreeSet<i64>,
    /// Records of the partner's that cannot be made here for the same reason, by their ids there.
    cannot_be_made: BTreeSet<String>,
}

impl Records {
    async fn read(world: &World) -> Self {
        let open = world.query("SELECT local_id FROM conflicts WHERE state = 'open'").await;
        let mut said: BTreeMap<i64, Vec<String>> = BTreeMap::new();

        let words = "SELECT local_id, 'conflict ' || state || ' ' || fields::text FROM conflicts
             UNION ALL SELECT local_id, 'history ' || direction || ' ' || action || ' ' || coalesce(changes::text, '') || ' ' || coalesce(reason, '')
             FROM record_history WHERE local_id IS NOT NULL
             UNION ALL SELECT (context ->> 'record_id')::bigint, 'log ' || message FROM geniacs_sync_logs WHERE context ->> 'record_id' ~ '^[0-9]+$'";
        for row in world.query(words).await {
            said.entry(row.get(0)).or_default().push(row.get(1));
        }

        let cannot_be_made = world
            .query(
                "SELECT geniacs_id FROM sync_record_errors WHERE error_type = 'duplicate_value' AND record_id IS NULL",
            )
            .await;

        let failed = async |error_type: &str| {
            let query = format!(
                "SELECT record_id FROM sync_record_errors WHERE error_type = '{error_type}' AND record_id IS NOT NULL"
            );
            world.query(&query).await.iter().map(|row| row.get(0)).collect()
        };

        Self {
            open: open.iter().map(|row| row.get(0)).collect(),
            said,
            unknown: failed("unknown_outcome").await,
            invalid: failed("validation_error").await,
            duplicates: failed("duplicate_value").await,
            cannot_be_made: cannot_be_made.iter().map(|row| row.get(0)).collect(),
        }
    }

    /// What was said of a record last, for whoever looks for the reason.
    fn last_words(&self, lineage: &Lineage) -> String {
        let words: Vec<String> = self.of(lineage).map(|word| word.chars().take(200).collect()).collect();
        words[words.len().saturating_sub(6)..].join(" / ")
    }

    fn of<'a>(&'a self, lineage: &'a Lineage) -> impl Iterator<Item = &'a String> {
        lineage.local_ids.iter().filter_map(|id| self.said.get(id)).flatten()
    }
}

/// Compares both sides, record by record and field by field, after a run of this type each way.
pub(crate) async fn both_sides(world: &World, after: SyncType) -> Vec<Violation> {
    let links = format!(
        "SELECT local_id, geniacs_id FROM record_links WHERE geniacs_id IS NOT NULL AND entity_type = '{}'",
        world.cast.entity
    );
    let links = world.query(&links).await;
    let (rows, records) = (world.rows().await, Records::read(world).await);
    let seen = Seen {
        world,
        after,
        rows,
        records,
        links: links.iter().map(|row| (row.get(0), row.get(1))).collect(),
        partner: world.partner.borrow(),
    };
    let truth = world.truth.borrow();

    let mut violations = Vec::new();
    for (token, lineage) in &truth.lineages {
        let found = seen.record(token, lineage).into_iter();
        violations.extend(found.map(|(check, text)| Violation {
            check,
            lineage: token.clone(),
            text: format!("{token} {text} (after {after} runs each way); said: {}", seen.records.last_words(lineage)),
        }));
    }
    violations
}

/// Both sides as they are, and what the engine says about them.
struct Seen<'a> {
    world: &'a World,
    after: SyncType,
    rows: Vec<Row>,
    records: Records,
    /// Ids there, by the ids here.
    links: BTreeMap<i64, String>,
    partner: Ref<'a, Partner>,
}

/// A check's name, and what is wrong.
type Found = (&'static str, String);

impl Seen<'_> {
    /// What is wrong about one record.
    fn record(&self, token: &str, lineage: &Lineage) -> Vec<Found> {
        let Self { rows, records, partner, .. } = self;
        let here: Vec<&Row> = rows.iter().filter(|row| row.lineage == *token && !row.deleted).collect();
        let there: Vec<&Record> = partner.live().filter(|record| record.lineage == *token).collect();
        let refused = partner.refuses.contains(token) || partner.breaks.contains(token);
        // The partner tells nobody which row a record is of, and the run says that it could not find out.
        let tells_nothing = partner.traits.external == External::Ignored;
        if tells_nothing && lineage.local_ids.iter().any(|id| records.unknown.contains(id)) {
            return Vec::new();
        }

        let mut found = Vec::new();
        if here.len() > 1 {
            found.push(("twice here", format!("rows {:?}", here.iter().map(|row| row.id).collect::<Vec<_>>())));
        }
        if there.len() > 1 {
            found.push(("twice there", format!("records {:?}", there.iter().map(|r| &r.id).collect::<Vec<_>>())));
        }
        if lineage.local_ids.iter().any(|id| records.open.contains(id)) || here.iter().any(|row| self.is_unusable(row))
        {
            return found;
        }
        let is_refused = |record: &&Record| self.cannot_be_made(record) || self.cannot_be_brought_back(record);
        if here.is_empty() && there.iter().any(is_refused) {
            return found;
        }
        if let Some(text) = life(lineage, &here, &there, refused, records) {
            found.push(("life", text));
        }
        if let (&[here], &[there]) = (here.as_slice(), there.as_slice()) {
            let code = self.world.cast.code();
            if records.duplicates.contains(&here.id)
                && (collides(self.world.cast, (rows, &partner.records), (here, there), code, lineage.fields.get(code))
                    || self.waits_for_refused(here, there))
            {
                return found;
            }
            found.extend(self.link(here, there).filter(|_| !refused));
            found.extend(self.fields(lineage, here, there, refused));
        }
        found
    }

    /// Whether a row holds something that it cannot be sent with, and a run says so.
    fn is_unusable(&self, row: &Row) -> bool {
        let mut values = self.world.cast.fields.iter().zip(&row.values);
        let is_invalid = values.any(|(field, value)| !field.optional && !field.is_valid(value.as_deref()));
        is_invalid && self.records.invalid.contains(&row.id)
    }

    /// Whether a record there needs a code that another row holds, and a run says so. Where the other row has given it up
    /// since, a full run makes the record; an incremental one is not told of it again.
    fn cannot_be_made(&self, there: &Record) -> bool {
        let place = self.world.cast.code();
        let code = there.get(&self.world.cast.fields[place]);
        let is_held = self.rows.iter().any(|row| !row.deleted && code.is_some() && row.values[place] == code);
        let may_be_held = is_held || self.after == SyncType::Incremental;
        may_be_held && self.records.cannot_be_made.contains(&there.id)
    }

    /// Whether a record needs a code that another row cannot give up, since that one is refused its own new code.
    fn waits_for_refused(&self, here: &Row, there: &Record) -> bool {
        let place = self.world.cast.code();
        let code = there.get(&self.world.cast.fields[place]);
        let holds = |row: &Row| !row.deleted && row.lineage != here.lineage && row.values[place] == code;
        code.is_some() && self.rows.iter().any(|row| holds(row) && self.records.duplicates.contains(&row.id))
    }

    /// Whether the deleted row of a record that lives there keeps a code, for want of one there, that another row has got by
    /// now, and a run says so.
    fn cannot_be_brought_back(&self, there: &Record) -> bool {
        let place = self.world.cast.code();
        let has_code = there.get(&self.world.cast.fields[place]).is_some();
        let is_held = |gone: &Row| {
            let holds = |row: &Row| !row.deleted && row.lineage != gone.lineage;
            self.rows.iter().any(|row| holds(row) && row.values[place] == gone.values[place])
        };
        let mut gone = self.rows.iter().filter(|row| row.deleted && row.lineage == there.lineage);
        !has_code && gone.any(|row| self.records.duplicates.contains(&row.id) && is_held(row))
    }

    fn link(&self, here: &Row, there: &Record) -> Option<Found> {
        let linked = self.links.get(&here.id);
        let text = || format!("row {} is linked to {linked:?}, and is {}", here.id, there.id);
        (linked != Some(&there.id)).then(|| ("link", text()))
    }

    /// What is wrong about the fields of a record that lives on both sides.
    fn fields(&self, lineage: &Lineage, here: &Row, there: &Record, refused: bool) -> Vec<Found> {
        let Self { world, rows, records, partner, .. } = self;
        let mut found = Vec::new();
        for (place, field) in world.cast.fields.iter().enumerate() {
            let is_free = is_generated(world.cast, here) || was_cleared_there(&lineage.fields[place]);
            let story = &lineage.fields[place];
            let both = (rows.as_slice(), partner.records.as_slice());
            if place == world.cast.code() && (is_free || collides(world.cast, both, (here, there), place, Some(story)))
            {
                continue;
            }

            let (mine, its) = (here.values[place].as_deref(), there.get(field));
            let rounds = partner.traits.rounds;
            let text = if field.same(mine, its.as_deref()) || (rounds && field.same_rounded(mine, its.as_deref())) {
                outcome(story, field, mine, rounds, lineage, records)
            } else {
                let untold = story.last().is_some_and(|last| last.side == Side::There && last.told.is_none());
                // What the mapping refuses is not sent, and the log says so.
                let is_said = !field.is_valid(mine) && records.of(lineage).any(|word| word.starts_with("log"));
                (!refused && !untold && !is_said).then(|| "differs".to_owned())
            };

            let (mine, its) = (mine.unwrap_or("null"), its.as_deref().unwrap_or("null"));
            let text = text.map(|text| format!("{}: {text}: here {mine}, there {its}; {}", field.local, edits(story)));
            found.extend(text.map(|text| ("field", text)));
        }
        found
    }
}

/// Whether the last word about a code was that the partner has none.
fn was_cleared_there(story: &Story) -> bool {
    story.last().is_some_and(|last| last.side == Side::There && last.value.is_none())
}

/// Whether the row's code was made here for want of one at the partner.
fn is_generated(cast: &Cast, here: &Row) -> bool {
    here.values[cast.code()].as_ref().is_some_and(|code| code.starts_with("GEN-"))
}

/// Whether another live record holds the code that this one should have, so that both cannot be.
fn collides(
    cast: &Cast,
    (rows, records): (&[Row], &[Record]),
    (here, there): (&Row, &Record),
    place: usize,
    story: Option<&Story>,
) -> bool {
    // It may also be the last edit's that neither side can take.
    let last = story.and_then(|story| story.last()?.value.clone());
    let codes = [here.values[place].clone(), there.get(&cast.fields[place]), last];
    let codes: Vec<&String> = codes.iter().flatten().collect();

    rows.iter()
        .filter(|row| !row.deleted && row.lineage != here.lineage)
        .any(|row| row.values[place].as_ref().is_some_and(|code| codes.contains(&code)))
        && records
            .iter()
            .filter(|record| !record.deleted && record.lineage != here.lineage)
            .any(|record| record.get(&cast.fields[place]).is_some_and(|code| codes.contains(&&code)))
}

/// Whether a record lives on both sides or on none, as its last word was.
fn life(lineage: &Lineage, here: &[&Row], there: &[&Record], refused: bool, records: &Records) -> Option<String> {
    let last = lineage.alive.last()?;
    let (lives_here, alive_there) = (!here.is_empty(), !there.is_empty());
    let unheard = last.side == Side::There && last.told.is_none();
    let untold = unheard && last.value.is_none();

    if lives_here != alive_there {
        let what = format!("lives {}", if lives_here { "here only" } else { "there only" });
        return (!refused && !unheard).then(|| format!("{what}; {}", edits(&lineage.alive)));
    }
    let wanted = last.value.is_some();
    if lives_here == wanted {
        return None;
    }
    // An edit on the other side says that the record is to live.

    let rivals = lineage.alive.rivals();
    let first = rivals.first().unwrap_or(last).order;
    let edited =
        lineage.fields.iter().flat_map(|story| &story.edits).any(|e| e.side != last.side && e.order + 40 >= first);

    let contested = rivals.iter().any(|edit| edit.side != last.side) || edited;
    let explained = records.of(lineage).any(|word| word.starts_with("conflict") || word.contains(" deleted "));
    let text = if lives_here { "is back" } else { "is gone" };
    (!(untold || contested && explained)).then(|| format!("{text}; {}", edits(&lineage.alive)))
}

/// Why the value that both sides hold is wrong; none if it is right.
fn outcome(
    story: &Story,
    field: &Field,
    value: Option<&str>,
    rounds: bool,
    lineage: &Lineage,
    records: &Records,
) -> Option<String> {
    let is = |edit: &Edit| {
        field.same(edit.value.as_deref(), value) || (rounds && field.same_rounded(edit.value.as_deref(), value))
    };

    let last = story.last()?;
    if is(last) || (last.side == Side::There && last.told.is_none()) {
        return None;
    }

    // What is back is the partner's own record, and not the row that a person had edited.
    if last.side == Side::Here && last.order < lineage.gone_upto {
        return None;
    }

    let word = last.value.clone().unwrap_or_else(|| "null".to_owned());
    let names = |said: &&String| (said.contains(field.geniacs) || said.contains(field.local)) && said.contains(&word);
    // It was told of an id that the partner had given up by then.
    if records.of(lineage).filter(names).any(|said| said.starts_with("history from_geniacs unknown_record")) {
        return None;
    }

    let rivals = story.rivals();
    if !rivals.iter().any(is) {
        return Some("an old value is back".to_owned());
    }
    if rivals.iter().all(|edit| edit.side == last.side) {
        return Some("an older value of the same side won".to_owned());
    }

    let explained = records.of(lineage).any(|said| names(&said));
    (!explained).then(|| "an edit is lost without a word".to_owned())
}

fn edits(story: &Story) -> String {
    let edit = |edit: &Edit| {
        let side = if edit.side == Side::Here { "here" } else { "there" };
        let told = match (edit.side, edit.told) {
            (Side::There, Some(step)) => format!(" told {step}"),
            (Side::There, None) => " untold".to_owned(),
            _ => String::new(),
        };
        format!("{}:{side} {}{told}", edit.step, edit.value.as_deref().unwrap_or("null"))
    };
    let from = story.edits.len().saturating_sub(5);
    format!("edits {}", story.edits[from..].iter().map(edit).collect::<Vec<_>>().join(", "))
}
