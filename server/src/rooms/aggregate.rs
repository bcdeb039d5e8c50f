//! What is said of an event, bundled with it: its latest edit, its thread, what refers to it.
//! Specified in the client-server API, «Aggregations of child events».

use std::{collections::HashMap, sync::Arc};

use serde::Serialize;

use super::{
    Event,
    client_event::{Shown, Viewer, plain},
};
use crate::{
    app::App,
    error::Result,
    store::{Pos, relations::Group},
};

/// `unsigned.m.relations`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Bundle {
    #[serde(rename = "m.replace", skip_serializing_if = "Option::is_none")]
    replace: Option<Box<Shown>>,
    #[serde(rename = "m.thread", skip_serializing_if = "Option::is_none")]
    thread: Option<Thread>,
    #[serde(rename = "m.reference", skip_serializing_if = "Option::is_none")]
    reference: Option<References>,
}

impl Bundle {
    /// Where the events stand that are shown in it.
    pub(super) fn said_at(&self) -> impl Iterator<Item = Pos> {
        let thread = self.thread.as_ref().map(|thread| thread.latest_event.event.pos);
        self.replace.as_ref().map(|edit| edit.event.pos).into_iter().chain(thread)
    }
}

#[derive(Clone, Debug, Serialize)]
struct Thread {
    latest_event: Box<Shown>,
    count: i64,
    current_user_participated: bool,
}

#[derive(Clone, Debug, Default, Serialize)]
struct References {
    chunk: Vec<Reference>,
}

#[derive(Clone, Debug, Serialize)]
struct Reference {
    event_id: String,
}

/// References that are listed with an answer.
const REFERENCES: i64 = 500;

/// What is found in the database about some events.
struct Said<'a> {
    groups: HashMap<&'a str, Vec<&'a Group>>,
    events: HashMap<Pos, Arc<Event>>,
    references: HashMap<String, Vec<Pos>>,
    ways: Ways,
}

/// The atoms of the relation types that are bundled.
struct Ways {
    replace: Option<crate::store::Atom>,
    thread: Option<crate::store::Atom>,
    reference: Option<crate::store::Atom>,
}

/// The bundles of those of `events` that have any: at most two rounds of queries, whatever the number of events.
pub async fn bundles(app: &App, viewer: &Viewer, events: &[Arc<Event>]) -> Result<HashMap<Pos, Bundle>> {
    let mut bundles = first_round(app, viewer, events).await?;
    // The latest event of a thread comes with its own edit.
    let latest: Vec<Arc<Event>> =
        bundles.values().filter_map(|bundle| Some(Arc::clone(&bundle.thread.as_ref()?.latest_event.event))).collect();
    if !latest.is_empty() {
        let mut inner = first_round(app, viewer, &latest).await?;
        for thread in bundles.values_mut().filter_map(|bundle| bundle.thread.as_mut()) {
            if let Some(bundle) = inner.remove(&thread.latest_event.event.pos) {
                thread.latest_event.bundle(Bundle { thread: None, ..bundle });
            }
        }
    }
    Ok(bundles)
}

async fn first_round(app: &App, viewer: &Viewer, events: &[Arc<Event>]) -> Result<HashMap<Pos, Bundle>> {
    let ways = Ways {
        replace: app.store.find_atom("m.replace").await?,
        thread: app.store.find_atom("m.thread").await?,
        reference: app.store.find_atom("m.reference").await?,
    };
    let known: Vec<_> = [ways.replace, ways.thread, ways.reference].into_iter().flatten().collect();
    let parents: Vec<&str> = events.iter().map(|event| event.event_id.as_str()).collect();
    if known.is_empty() || parents.is_empty() {
        return Ok(HashMap::new());
    }
    let groups = app.store.relation_groups(&parents, &known).await?;
    if groups.is_empty() {
        return Ok(HashMap::new());
    }
    let latest: Vec<Pos> = groups.iter().map(|group| group.latest).collect();
    let events_said = app.store.events(&latest).await?.into_iter().map(|event| (event.pos, event)).collect();
    let references = references(app, &groups, &ways).await?;
    let mut by_parent: HashMap<&str, Vec<&Group>> = HashMap::new();
    for group in &groups {
        by_parent.entry(&group.parent).or_default().push(group);
    }
    let mut said = Said { groups: by_parent, events: events_said, references, ways };
    // References are listed by id, so their events are needed too.
    let listed: Vec<Pos> = said.references.values().flatten().copied().collect();
    said.events.extend(app.store.events(&listed).await?.into_iter().map(|event| (event.pos, event)));
    Ok(events.iter().filter_map(|event| Some((event.pos, said.bundle(viewer, event)?))).collect())
}

async fn references(app: &App, groups: &[Group], ways: &Ways) -> Result<HashMap<String, Vec<Pos>>> {
    let mut references: HashMap<String, Vec<Pos>> = HashMap::new();
    let Some(reference) = ways.reference else { return Ok(references) };
    let parents = groups.iter().filter(|group| group.rel_type == reference).map(|group| group.parent.as_str());
    let parents: Vec<&str> = parents.collect();
    for child in app.store.children(&parents, reference, REFERENCES).await? {
        references.entry(child.parent).or_default().push(child.child);
    }
    Ok(references)
}

impl Said<'_> {
    fn bundle(&self, viewer: &Viewer, event: &Arc<Event>) -> Option<Bundle> {
        // An emptied event has nothing to say any more, so what was said of it is not shown with it.
        let groups = self.groups.get(event.event_id.as_str()).filter(|_| event.redacted_by.is_none())?;
        let replace = self.edit_of(event, groups).map(|edit| Box::new(plain(viewer, edit)));
        let bundle =
            Bundle { replace, thread: self.thread_of(viewer, event, groups), reference: self.references_of(event) };
        let any = bundle.replace.is_some() || bundle.thread.is_some() || bundle.reference.is_some();
        any.then_some(bundle)
    }

    /// The latest edit that is valid: same sender, same type, with new content, no state, and not the edit of an edit.
    fn edit_of(&self, event: &Event, groups: &[&Group]) -> Option<&Arc<Event>> {
        let is_edit = |event: &Event| event.content.get().contains("\"m.replace\"");
        if event.state_key.is_some() || is_edit(event) {
            return None;
        }
        let mut fits = groups.iter().filter(|group| {
            Some(group.rel_type) == self.ways.replace
                && group.sender == event.sender_atom
                && group.kind == event.kind_atom
        });
        let edit = self.events.get(&fits.next()?.latest)?;
        let encrypted = event.kind.to_string() == "m.room.encrypted";
        (edit.state_key.is_none() && (encrypted || edit.content.get().contains("\"m.new_content\""))).then_some(edit)
    }

    fn thread_of(&self, viewer: &Viewer, event: &Event, groups: &[&Group]) -> Option<Thread> {
        let said = || groups.iter().filter(|group| Some(group.rel_type) == self.ways.thread);
        let latest = said().max_by_key(|group| group.latest)?;
        let latest_event = Box::new(plain(viewer, self.events.get(&latest.latest)?));
        let current_user_participated =
            event.sender_atom == viewer.nid || said().any(|group| group.sender == viewer.nid);
        Some(Thread { latest_event, count: said().map(|group| group.count).sum(), current_user_participated })
    }

    fn references_of(&self, event: &Event) -> Option<References> {
        let listed = self.references.get(event.event_id.as_str())?;
        let ids = listed.iter().filter_map(|pos| self.events.get(pos));
        Some(References { chunk: ids.map(|event| Reference { event_id: event.event_id.to_string() }).collect() })
    }
}
