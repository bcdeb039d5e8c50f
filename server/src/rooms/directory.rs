//! The public room directory: what is told of a room to who has not joined it.
//! Specified in the client-server API, «Published room directory».

use std::{collections::HashMap, sync::Arc};

use ruma::{
    UInt,
    directory::{Filter, PublicRoomsChunk, PublicRoomsChunkInit, RoomNetwork, RoomTypeFilter},
    room::{JoinRuleKind, RoomType},
};
use serde::Deserialize;

use super::Event;
use crate::{
    app::App,
    error::Result,
    store::{RoomNid, entity::room},
};

/// The types of state that are told, all with an empty state key.
pub const TOLD: [&str; 8] = [
    "m.room.create",
    "m.room.name",
    "m.room.topic",
    "m.room.avatar",
    "m.room.canonical_alias",
    "m.room.join_rules",
    "m.room.history_visibility",
    "m.room.guest_access",
];

/// The rooms in the directory that fit `filter`, the fullest first. Three queries, however many rooms there are.
pub async fn listed(app: &App, network: &RoomNetwork, filter: &Filter) -> Result<Vec<PublicRoomsChunk>> {
    let rooms = match network {
        RoomNetwork::All => app.store.listed_anywhere().await?,
        RoomNetwork::ThirdParty(instance) => listed_in(app, instance).await?,
        _ => app.store.listed_rooms().await?,
    };
    let nids: Vec<RoomNid> = rooms.iter().map(|room| room.id).collect();
    let mut kinds = Vec::with_capacity(TOLD.len());
    for kind in TOLD {
        kinds.push(app.store.atom(kind).await?);
    }
    let empty = app.store.atom("").await?;
    let mut states: HashMap<RoomNid, Vec<Arc<Event>>> = HashMap::new();
    for event in app.store.state_of_rooms(&nids, &kinds, empty).await? {
        states.entry(event.room).or_default().push(event);
    }
    let joined = app.store.joined_counts(&nids).await?;
    let mut chunks: Vec<PublicRoomsChunk> = states
        .into_iter()
        .filter_map(|(nid, state)| describe(&state, joined.get(&nid).copied().unwrap_or_default()))
        .filter(|chunk| fits(chunk, filter))
        .collect();
    chunks.sort_by(|a, b| b.num_joined_members.cmp(&a.num_joined_members).then_with(|| a.room_id.cmp(&b.room_id)));
    Ok(chunks)
}

/// The rooms that an application service lists in a network; `instance` is the `instance_id` it is known by.
async fn listed_in(app: &App, instance: &str) -> Result<Vec<room::Model>> {
    let Some((service, network)) = instance.split_once('|') else { return Ok(Vec::new()) };
    match app.store.find_atom(service).await? {
        Some(service) => Ok(app.store.listed_in_network(service, network).await?),
        None => Ok(Vec::new()),
    }
}

/// One room, from its state. Pure.
#[must_use]
pub fn describe(state: &[Arc<Event>], joined: i64) -> Option<PublicRoomsChunk> {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Content {
        name: Option<String>,
        topic: Option<String>,
        url: Option<String>,
        alias: Option<String>,
        join_rule: Option<String>,
        history_visibility: Option<String>,
        guest_access: Option<String>,
        #[serde(rename = "type")]
        room_type: Option<String>,
    }
    let of = |kind: &str| {
        let event = state.iter().find(|event| event.is_state(kind, ""));
        event.and_then(|event| event.content::<Content>()).unwrap_or_default()
    };
    let create = state.iter().find(|event| event.is_state("m.room.create", ""))?;
    let mut chunk: PublicRoomsChunk = PublicRoomsChunkInit {
        num_joined_members: UInt::try_from(joined).unwrap_or_default(),
        room_id: create.room_id.clone(),
        world_readable: of("m.room.history_visibility").history_visibility.as_deref() == Some("world_readable"),
        guest_can_join: of("m.room.guest_access").guest_access.as_deref() == Some("can_join"),
    }
    .into();
    chunk.name = of("m.room.name").name.filter(|name| !name.is_empty());
    chunk.topic = of("m.room.topic").topic.filter(|topic| !topic.is_empty());
    chunk.avatar_url = of("m.room.avatar").url.map(Into::into);
    chunk.canonical_alias = of("m.room.canonical_alias").alias.and_then(|alias| alias.try_into().ok());
    chunk.join_rule = of("m.room.join_rules").join_rule.map_or(JoinRuleKind::Invite, JoinRuleKind::from);
    chunk.room_type = of("m.room.create").room_type.map(RoomType::from);
    Some(chunk)
}

fn fits(chunk: &PublicRoomsChunk, filter: &Filter) -> bool {
    let type_fits = filter.room_types.is_empty()
        || filter.room_types.iter().any(|wanted| match (wanted, &chunk.room_type) {
            (RoomTypeFilter::Default, None) => true,
            (wanted, Some(room_type)) => wanted.as_str() == Some(room_type.as_str()),
            _ => false,
        });
    let term = filter.generic_search_term.as_deref().unwrap_or_default().to_lowercase();
    let holds = |text: Option<&str>| text.is_some_and(|text| text.to_lowercase().contains(&term));
    let alias = chunk.canonical_alias.as_ref().map(|alias| alias.as_str());
    type_fits && (term.is_empty() || holds(chunk.name.as_deref()) || holds(chunk.topic.as_deref()) || holds(alias))
}
