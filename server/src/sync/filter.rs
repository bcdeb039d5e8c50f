//! What a client does not want to hear. Specified in the client-server API, «Filtering».

use std::{collections::HashSet, sync::Arc};

use serde::Deserialize;

use crate::{
    app::App,
    error::{MatrixError, Result},
    rooms::Event,
    store::Atom,
};

/// A whole filter, as given to `/sync`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Filter {
    /// Rooms.
    pub room: RoomFilter,
    /// Global account data.
    pub account_data: EventFilter,
    /// The fields of events that are wanted.
    pub event_fields: Option<Vec<String>>,
}

/// What is wanted of rooms.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct RoomFilter {
    /// Only these rooms.
    pub rooms: Option<Vec<String>>,
    /// Not these rooms.
    pub not_rooms: Vec<String>,
    /// Also rooms that were left.
    pub include_leave: bool,
    /// Events of the timeline.
    pub timeline: EventFilter,
    /// State.
    pub state: EventFilter,
    /// Receipts and typing.
    pub ephemeral: EventFilter,
    /// Account data of rooms.
    pub account_data: EventFilter,
}

/// Which events are wanted.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct EventFilter {
    /// At most so many.
    pub limit: Option<u64>,
    /// Only these types; `*` stands for anything.
    pub types: Option<Vec<String>>,
    /// Not these types.
    pub not_types: Vec<String>,
    /// Only these senders.
    pub senders: Option<Vec<String>>,
    /// Not these senders.
    pub not_senders: Vec<String>,
    /// Only these rooms.
    pub rooms: Option<Vec<String>>,
    /// Not these rooms.
    pub not_rooms: Vec<String>,
    /// Only events with (or without) `url` in their content.
    pub contains_url: Option<bool>,
    /// Only the members who speak in the timeline.
    pub lazy_load_members: bool,
    /// Also members who were sent before.
    pub include_redundant_members: bool,
    /// Count unread messages of threads apart.
    pub unread_thread_notifications: bool,
    /// Only events that somebody of these speaks of …
    pub related_by_senders: Option<Vec<String>>,
    /// … in one of these ways.
    pub related_by_rel_types: Option<Vec<String>>,
}

/// Events of a timeline when the client does not say how many.
const TIMELINE: usize = 10;
/// Events of a timeline at most.
const MOST: u64 = 1_000;

impl Filter {
    /// By id or written out, as `/sync` takes it.
    ///
    /// # Errors
    /// 400 when it is neither.
    pub async fn load(app: &App, user: Atom, given: Option<&str>) -> Result<Self> {
        match given.map(str::trim) {
            None | Some("") => Ok(Self::default()),
            Some(inline) if inline.starts_with('{') => parse(inline),
            Some(id) => {
                let kept = app.store.filter(user, id).await?;
                parse(&kept.ok_or_else(|| MatrixError::invalid_param("There is no filter with this id."))?)
            }
        }
    }
}

/// Reads a filter of either kind.
pub fn parse<'a, T: Deserialize<'a>>(json: &'a str) -> Result<T> {
    serde_json::from_str(json).map_err(|error| MatrixError::bad_json(format!("This is not a filter: {error}.")))
}

impl RoomFilter {
    /// Whether a room is wanted at all.
    #[must_use]
    pub fn wants(&self, room: &str) -> bool {
        wants(self.rooms.as_deref(), &self.not_rooms, |one| one == room)
    }
}

impl EventFilter {
    /// How many events of a timeline are wanted.
    #[must_use]
    pub fn events(&self) -> usize {
        self.limit.map_or(TIMELINE, |limit| usize::try_from(limit.clamp(1, MOST)).unwrap_or(TIMELINE))
    }

    /// Whether every event is wanted.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.types.is_none()
            && self.not_types.is_empty()
            && self.senders.is_none()
            && self.not_senders.is_empty()
            && self.rooms.is_none()
            && self.not_rooms.is_empty()
            && self.contains_url.is_none()
            && self.related_by_senders.is_none()
            && self.related_by_rel_types.is_none()
    }

    /// Whether a room is wanted in this section.
    #[must_use]
    pub fn wants_room(&self, room: &str) -> bool {
        wants(self.rooms.as_deref(), &self.not_rooms, |one| one == room)
    }

    /// Whether a type is wanted.
    #[must_use]
    pub fn wants_type(&self, kind: &str) -> bool {
        wants(self.types.as_deref(), &self.not_types, |pattern| matches(pattern, kind))
    }

    /// Those of `events` that somebody of `related_by_senders` speaks of in one of `related_by_rel_types`; all of them, if
    /// the filter does not ask. One query, if it does.
    pub async fn related(&self, app: &App, events: Vec<Arc<Event>>) -> Result<Vec<Arc<Event>>> {
        if self.related_by_senders.is_none() && self.related_by_rel_types.is_none() {
            return Ok(events);
        }
        let (mut ways, mut senders) = (Vec::new(), Vec::new());
        for way in self.related_by_rel_types.iter().flatten() {
            ways.extend(app.store.find_atom(way).await?);
        }
        for sender in self.related_by_senders.iter().flatten() {
            senders.extend(app.store.find_atom(sender).await?);
        }
        let unknown = |asked: &Option<Vec<String>>, found: &[Atom]| asked.is_some() && found.is_empty();
        if unknown(&self.related_by_rel_types, &ways) || unknown(&self.related_by_senders, &senders) {
            return Ok(Vec::new());
        }
        let ids: Vec<&str> = events.iter().map(|event| event.event_id.as_str()).collect();
        let groups = app.store.relation_groups(&ids, &ways).await?;
        let spoken_of: HashSet<String> = groups
            .into_iter()
            .filter(|group| senders.is_empty() || senders.contains(&group.sender))
            .map(|group| group.parent)
            .collect();
        Ok(events.into_iter().filter(|event| spoken_of.contains(event.event_id.as_str())).collect())
    }

    /// Whether an event is wanted.
    #[must_use]
    pub fn wants(&self, event: &Event) -> bool {
        if self.is_open() {
            return true;
        }
        let (kind, sender) = (event.kind.to_string(), event.sender.as_str());
        self.wants_type(&kind)
            && wants(self.senders.as_deref(), &self.not_senders, |one| one == sender)
            && self.wants_room(event.room_id.as_str())
            && self.contains_url.is_none_or(|wanted| has_url(event) == wanted)
    }
}

fn wants(only: Option<&[String]>, not: &[String], is: impl Fn(&str) -> bool) -> bool {
    !not.iter().any(|one| is(one)) && only.is_none_or(|only| only.iter().any(|one| is(one)))
}

fn has_url(event: &Event) -> bool {
    #[derive(Deserialize)]
    struct Content {
        url: Option<serde_json::Value>,
    }
    event.content::<Content>().is_some_and(|content| content.url.is_some_and(|url| url.is_string()))
}

/// Whether `text` is of the form `pattern`, in which `*` stands for any run of characters.
fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|head| text.strip_prefix(head)) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_anything() {
        for (pattern, text, expected) in [
            ("m.room.message", "m.room.message", true),
            ("m.room.message", "m.room.messages", false),
            ("m.*", "m.room.message", true),
            ("*", "", true),
            ("*.message", "m.room.message", true),
            ("m.*.message", "m.room.message", true),
            ("m.*.message", "m.message", false),
            ("a*a", "a", false),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c-b", false),
            ("", "x", false),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn what_is_excluded_is_excluded_even_if_it_is_included() {
        let filter: EventFilter = parse(r#"{"types": ["m.*"], "not_types": ["m.room.member"]}"#).unwrap();
        for (kind, expected) in [("m.room.topic", true), ("m.room.member", false), ("x", false)] {
            assert_eq!(filter.wants_type(kind), expected, "{kind}");
        }
        let none: EventFilter = parse(r#"{"types": []}"#).unwrap();
        assert!(!none.wants_type("m.room.topic"));
        assert!(parse::<EventFilter>(r#"{"types": 3}"#).is_err());
        assert!(EventFilter::default().is_open());
    }

    #[test]
    fn the_number_of_events_is_bounded() {
        for (json, expected) in
            [("{}", 10), (r#"{"limit": 0}"#, 1), (r#"{"limit": 5}"#, 5), (r#"{"limit": 99999}"#, 1000)]
        {
            assert_eq!(parse::<EventFilter>(json).unwrap().events(), expected, "{json}");
        }
    }
}
