//! Reading a manifest, and a file of keys.

use super::yaml::from_yaml;
use super::{INTEGRATION, KEY_NAMES, KEYS, MAPPING, ManifestEntry, ManifestKind, SCHEDULE, VERSION};
use anyhow::{Context as _, anyhow, bail};
use secrets::SecretString;
use serde_json::{Map, Value};
use std::collections::HashMap;

type Object = Map<String, Value>;

/// The integrations of a manifest.
pub(crate) fn integrations_of(text: &str) -> anyhow::Result<Vec<ManifestEntry>> {
    let mut file = read_object(parse_manifest(text)?, "the file")?;
    match file.remove("version").and_then(|version| version.as_u64()) {
        Some(VERSION) => {}
        _ => bail!("the file does not say `version: {VERSION}`, so it is not one that this program understands"),
    }
    let integrations = read_list(&mut file, INTEGRATION.plural, "the file")?.unwrap_or_default();
    refuse_rest(&file, "the file")?;
    let entries = integrations.into_iter().map(read_entry).collect::<anyhow::Result<Vec<_>>>()?;
    refuse_doubles(&INTEGRATION, entries.iter().map(|entry| &entry.fields), "the file")?;
    Ok(entries)
}

fn read_entry(mut item: Object) -> anyhow::Result<ManifestEntry> {
    let title = format!("integration {}", item.get("name").and_then(Value::as_str).unwrap_or("without a name"));

    let variables = match item.remove(KEYS) {
        None | Some(Value::Null) => Object::new(),
        Some(value) => read_object(value, KEYS)?,
    };

    if variables.iter().any(|(key, name)| !KEY_NAMES.iter().any(|(known, _)| known == key) || !name.is_string()) {
        bail!("{title}: {KEYS} takes the names of variables for api_key, api_secret and webhook_secret");
    }

    let mappings = read_part(&mut item, &MAPPING, &title)?;
    let schedules = read_part(&mut item, &SCHEDULE, &title)?;
    check_fields(&INTEGRATION, &item, &title)?;

    Ok(ManifestEntry { fields: item, variables, mappings, schedules })
}

fn read_part(item: &mut Object, kind: &ManifestKind, title: &str) -> anyhow::Result<Option<Vec<Object>>> {
    let Some(items) = read_list(item, kind.plural, title)? else { return Ok(None) };
    for (position, item) in items.iter().enumerate() {
        check_fields(kind, item, &format!("{title}: {} {}", kind.name, position + 1))?;
    }
    refuse_doubles(kind, items.iter(), title)?;
    Ok(Some(items))
}

/// It must have what names it, and nothing that its kind does not have.
fn check_fields(kind: &ManifestKind, item: &Object, title: &str) -> anyhow::Result<()> {
    for field in kind.identity {
        if item.get(*field).and_then(Value::as_str).is_none_or(str::is_empty) {
            bail!("{title}: {field} is missing");
        }
    }
    let unknown = item.keys().find(|field| !kind.fields.contains(&field.as_str()));
    unknown.map_or(Ok(()), |field| Err(anyhow!("{title}: {field} is not a field of a {}", kind.name)))
}

fn refuse_doubles<'a>(kind: &ManifestKind, items: impl Iterator<Item = &'a Object>, title: &str) -> anyhow::Result<()> {
    let mut titles: Vec<String> = items.map(|item| kind.title(item)).collect();
    titles.sort_unstable();
    let double = titles.windows(2).find(|pair| pair[0] == pair[1]);
    double.map_or(Ok(()), |pair| Err(anyhow!("{title}: there are two {} with the name {}", kind.plural, pair[0])))
}

/// The keys of integrations by name, as a file of its own gives them.
pub(crate) fn keys_of(text: &str) -> anyhow::Result<HashMap<String, HashMap<String, SecretString>>> {
    // The content of this file is never shown, not even where it cannot be read.
    let file = parse_manifest(text).map_err(|_| anyhow!("it is not YAML"))?;
    let file = read_object(file, "the file").map_err(|_| anyhow!("it must hold integrations by name"))?;
    file.into_iter().map(|(name, keys)| Ok((name.clone(), keys_of_one(&name, keys)?))).collect()
}

fn keys_of_one(name: &str, keys: Value) -> anyhow::Result<HashMap<String, SecretString>> {
    let wrong = || anyhow!("integration {name}: give api_key, api_secret and, if wanted, webhook_secret, each a text");
    let Value::Object(keys) = keys else { return Err(wrong()) };
    let key = |(key, value): (String, Value)| match value {
        Value::String(value) if KEY_NAMES.iter().any(|(known, _)| *known == key) => Ok((key, value.into())),
        _ => Err(wrong()),
    };
    keys.into_iter().map(key).collect()
}

fn parse_manifest(text: &str) -> anyhow::Result<Value> {
    from_yaml(yaml_serde::from_str(text).context("it is not YAML")?)
}

fn read_object(value: Value, title: &str) -> anyhow::Result<Object> {
    match value {
        Value::Object(object) => Ok(object),
        _ => bail!("{title} must hold names and values"),
    }
}

fn read_list(from: &mut Object, name: &str, title: &str) -> anyhow::Result<Option<Vec<Object>>> {
    match from.remove(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Array(items)) => {
            let each = |item| read_object(item, &format!("{title}: each of the {name}"));
            items.into_iter().map(each).collect::<anyhow::Result<_>>().map(Some)
        }
        Some(_) => bail!("{title}: {name} must be a list"),
    }
}

fn refuse_rest(rest: &Object, title: &str) -> anyhow::Result<()> {
    rest.keys().next().map_or(Ok(()), |name| Err(anyhow!("{title}: {name} is not known")))
}
