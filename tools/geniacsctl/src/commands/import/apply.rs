//! Making the gateway say what the file says.

use super::change::{Action, ItemChange, changed_fields};
use super::keys::{Keys, Need};
use crate::gateway::{Gateway, GatewayError};
use crate::manifest::{Existing, INTEGRATION, MAPPING, ManifestEntry, ManifestKind, SCHEDULE};
use crate::print::Output;
use anyhow::Context as _;
use serde_json::{Map, Value, json};
use url::Url;

type Object = Map<String, Value>;

/// An import under way.
pub(super) struct Import<'a> {
    gateway: &'a Gateway,
    keys: &'a Keys,
    dry_run: bool,
    output: Output,
    changes: Vec<ItemChange>,
    unchanged: usize,
}

impl<'a> Import<'a> {
    pub(super) fn new(gateway: &'a Gateway, keys: &'a Keys, dry_run: bool, output: Output) -> Self {
        Self { gateway, keys, dry_run, output, changes: Vec::new(), unchanged: 0 }
    }

    pub(super) async fn run(&mut self, entries: &[ManifestEntry]) -> anyhow::Result<()> {
        let integrations = Existing::all(self.gateway, &INTEGRATION, None).await?;
        let find =
            |entry: &ManifestEntry| integrations.iter().find(|there| INTEGRATION.same(&there.fields, &entry.fields));

        // Before anything is made: an integration without the keys that it needs would leave the file half done.
        for entry in entries {
            match find(entry) {
                None => _ = self.keys.of(entry, Need::New)?,
                Some(there) if has_new_origin(there, entry) => _ = self.keys.of(entry, Need::NewOrigin)?,
                Some(_) => {}
            }
        }

        for entry in entries {
            match find(entry) {
                Some(there) => self.change_integration(there, entry).await?,
                None => self.make_integration(entry).await?,
            }
        }
        Ok(())
    }

    async fn change_integration(&mut self, there: &Existing, entry: &ManifestEntry) -> anyhow::Result<()> {
        let mut secrets = Object::new();
        if has_new_origin(there, entry) {
            secrets = self.keys.of(entry, Need::NewOrigin)?;
        }
        self.put(&INTEGRATION, None, Some(there), &entry.fields, secrets).await?;

        let owner = PartOwner { id: Some(there.id), title: INTEGRATION.title(&entry.fields) };
        for (kind, items) in parts_of(entry) {
            let existing = Existing::all(self.gateway, kind, owner.id).await?;
            for item in items {
                let same = existing.iter().find(|there| kind.same(&there.fields, item));
                self.put(kind, Some(&owner), same, item, Object::new()).await?;
            }
        }
        Ok(())
    }

    async fn make_integration(&mut self, entry: &ManifestEntry) -> anyhow::Result<()> {
        let secrets = self.keys.of(entry, Need::New)?;
        let id = self.put(&INTEGRATION, None, None, &entry.fields, secrets).await?;

        let owner = PartOwner { id, title: INTEGRATION.title(&entry.fields) };
        // The gateway gave the new integration defaults, which would stand beside the items of the file.
        for (kind, items) in parts_of(entry) {
            self.drop_defaults(kind, owner.id).await?;
            for item in items {
                self.put(kind, Some(&owner), None, item, Object::new()).await?;
            }
        }
        Ok(())
    }

    /// The gateway has given a new integration its defaults; the file says what is wanted instead.
    async fn drop_defaults(&self, kind: &ManifestKind, integration: Option<i64>) -> anyhow::Result<()> {
        let Some(integration) = integration else { return Ok(()) };
        for default in Existing::all(self.gateway, kind, Some(integration)).await? {
            self.gateway.delete(&format!("{}/{}", kind.path(), default.id)).await?;
        }
        Ok(())
    }

    /// Makes what is not there, or changes what is; returns the id of what was made. `secrets` go with the request and are
    /// told nowhere.
    async fn put(
        &mut self,
        kind: &'static ManifestKind,
        owner: Option<&PartOwner>,
        there: Option<&Existing>,
        item: &Object,
        mut secrets: Object,
    ) -> anyhow::Result<Option<i64>> {
        let title = kind.title(item);
        let (action, mut body, differences) = match there {
            None => (Action::Create, without_nulls(item), Vec::new()),
            Some(there) => {
                let (fields, differences) = changed_fields(&there.fields, item);
                (Action::Update, fields, differences)
            }
        };
        // An unchanged item is not written, so a second import of the same file changes nothing.
        if there.is_some() && differences.is_empty() {
            self.unchanged += 1;
            return Ok(None);
        }

        body.append(&mut secrets);
        let named = || format!("the {} {title} cannot be {}", kind.name, action.done());
        let id = if self.dry_run { None } else { self.send(kind, owner, there, body).await.with_context(named)? };

        let integration = owner.map(|owner| owner.title.clone());

        let change = ItemChange { action, kind, integration, title, differences };
        self.output.line(&change)?;
        self.changes.push(change);
        Ok(id)
    }

    async fn send(
        &self,
        kind: &ManifestKind,
        owner: Option<&PartOwner>,
        there: Option<&Existing>,
        mut body: Object,
    ) -> Result<Option<i64>, GatewayError> {
        if let Some(there) = there {
            let path = format!("{}/{}", kind.path(), there.id);
            self.gateway.patch(&path, there.version, &Value::Object(body)).await?;
            return Ok(None);
        }

        if let Some(id) = owner.and_then(|owner| owner.id) {
            body.insert("integration_id".to_owned(), Value::from(id));
        }

        let data = self.gateway.post(&kind.path(), &Value::Object(body)).await?;
        data[kind.name]["id"].as_i64().map(Some).ok_or(GatewayError::Incomplete("the id of what was made"))
    }

    /// The changes that were made before a failure.
    pub(super) fn so_far(&self) -> String {
        match self.changes.len() {
            0 => "nothing was changed".to_owned(),
            done => format!("{done} changes were made before this; correct it and import the file again"),
        }
    }

    pub(super) fn finish(&self) -> anyhow::Result<()> {
        let count = |action| self.changes.iter().filter(|change| change.action == action).count();
        let (created, updated) = (count(Action::Create), count(Action::Update));

        let would = if self.dry_run { "would be " } else { "" };
        let text = format!("{created} {would}created, {updated} {would}updated, {} as they should be", self.unchanged);

        let data = json!({
            "dry_run": self.dry_run,
            "created": created,
            "updated": updated,
            "unchanged": self.unchanged,
            "changes": self.changes.iter().map(ItemChange::data).collect::<Vec<_>>(),
        });

        self.output.done(text, &data)?;
        Ok(())
    }
}

/// An integration that mappings and schedules belong to; without an id where a dry run has not made it.
struct PartOwner {
    id: Option<i64>,
    title: String,
}

/// The lists that a file has for an integration.
fn parts_of(entry: &ManifestEntry) -> impl Iterator<Item = (&'static ManifestKind, &Vec<Object>)> {
    let parts = [(&MAPPING, &entry.mappings), (&SCHEDULE, &entry.schedules)];
    parts.into_iter().filter_map(|(kind, items)| Some((kind, items.as_ref()?)))
}

/// Whether the file leads an integration to another scheme, host or port: its keys belong to the old one.
fn has_new_origin(there: &Existing, entry: &ManifestEntry) -> bool {
    let origin = |fields: &Object| Some(Url::parse(fields.get("endpoint_url")?.as_str()?.trim()).ok()?.origin());
    entry.fields.contains_key("endpoint_url") && origin(&there.fields) != origin(&entry.fields)
}

fn without_nulls(item: &Object) -> Object {
    item.iter().filter(|(_, value)| !value.is_null()).map(|(field, value)| (field.clone(), value.clone())).collect()
}
