//! Coming, going, inviting, knocking and being shown the door.
//! Specified in the client-server API, «Room membership».

use std::sync::Arc;

use ruma::{OwnedUserId, RoomId, UserId};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{Draft, Event, Room, append, power};
use crate::{
    app::App,
    error::{MatrixError, Result},
    store::Membership,
};

/// The room, for someone who claims to be in it. Whether it exists is nobody else's business.
pub async fn room(app: &App, id: &RoomId) -> Result<Arc<Room>> {
    let room = app.rooms.by_id(&app.store, id).await?;
    room.ok_or_else(|| MatrixError::forbidden("You are not in this room, or it does not exist."))
}

/// What `user` is to `room` now, by the event that says so.
pub async fn of(app: &App, room: &Room, user: &UserId) -> Result<Option<Membership>> {
    let event = room.state(&app.store, "m.room.member", user.as_str()).await?;
    Ok(event.and_then(|event| event.membership()).map(|membership| Membership::parse(&membership)))
}

/// Refuses whoever is not in the room.
pub async fn must_be_joined(app: &App, room: &Room, user: &UserId) -> Result<()> {
    match of(app, room, user).await? {
        Some(Membership::JOIN) => Ok(()),
        _ => Err(MatrixError::forbidden("You are not in this room, or it does not exist.")),
    }
}

/// A change of membership.
#[derive(Clone, Debug)]
pub struct Change {
    /// Who changes it.
    pub by: OwnedUserId,
    /// Whose it is.
    pub of: OwnedUserId,
    /// To what.
    pub to: Membership,
    /// More content of the event: `reason`, `is_direct` and the like.
    pub content: Map<String, Value>,
    /// When, if an application service says so.
    pub ts: Option<u64>,
}

impl Change {
    /// A change of one's own membership.
    #[must_use]
    pub fn own(user: OwnedUserId, to: Membership) -> Self {
        Self { by: user.clone(), of: user, to, content: Map::new(), ts: None }
    }

    /// A change of somebody else's membership.
    #[must_use]
    pub fn other(by: OwnedUserId, of: OwnedUserId, to: Membership) -> Self {
        Self { by, of, to, content: Map::new(), ts: None }
    }

    /// With a reason, if one is given.
    #[must_use]
    pub fn because(mut self, reason: Option<String>) -> Self {
        self.content.extend(reason.map(|reason| ("reason".to_owned(), reason.into())));
        self
    }
}

/// Carries out `change`. Joining where one already is does nothing.
pub async fn change(app: &App, room: &Arc<Room>, change: Change) -> Result<()> {
    set(app, room, change).await.map(drop)
}

/// Carries out `change` and answers the event that says so: the present one, if it says the same already.
pub async fn set(app: &App, room: &Arc<Room>, mut change: Change) -> Result<Arc<Event>> {
    let present = room.state(&app.store, "m.room.member", change.of.as_str()).await?;
    let was = present.as_ref().and_then(|event| event.membership()).map(|text| Membership::parse(&text));
    if let Some(present) = present.filter(|_| was == Some(change.to) && change.content.is_empty()) {
        let no_change = matches!(change.to, Membership::JOIN | Membership::BAN | Membership::KNOCK);
        if no_change && (change.to != Membership::JOIN || change.by == change.of) {
            return Ok(present);
        }
    }
    fits(&change, was)?;
    if change.to == Membership::JOIN && !matches!(was, Some(Membership::JOIN | Membership::INVITE)) {
        authorise_restricted(app, room, &mut change).await?;
    }
    if matches!(change.to, Membership::JOIN | Membership::INVITE | Membership::KNOCK) {
        for (key, value) in looks(app, &change.of).await? {
            change.content.entry(key).or_insert(value);
        }
    }
    change.content.insert("membership".into(), change.to.as_str().into());
    let draft = Draft { ts: change.ts, ..Draft::state(change.by, "m.room.member", change.of.as_str(), change.content) };
    let events = append(app, room, vec![draft]).await?;
    events.into_iter().next().ok_or_else(|| MatrixError::internal("a membership without an event"))
}

/// What the authorisation rules leave open but the endpoints promise. Pure.
fn fits(change: &Change, was: Option<Membership>) -> Result<()> {
    let own = change.by == change.of;
    match (change.to, was) {
        (Membership::LEAVE, Some(Membership::BAN)) if own => {
            Err(MatrixError::forbidden("You are banned from this room."))
        }
        (Membership::LEAVE, None | Some(Membership::LEAVE)) if own => {
            Err(MatrixError::forbidden("You are not in this room, or it does not exist."))
        }
        (Membership::LEAVE, None | Some(Membership::LEAVE)) => {
            Err(MatrixError::forbidden("This user is not in the room."))
        }
        (Membership::INVITE, Some(Membership::JOIN)) => {
            Err(MatrixError::forbidden("This user is already in the room."))
        }
        (Membership::INVITE, Some(Membership::BAN)) => {
            Err(MatrixError::forbidden("This user is banned from the room."))
        }
        _ => Ok(()),
    }
}

/// For a room that lets in the members of other rooms: names a member who could have invited, if the user is in one.
async fn authorise_restricted(app: &App, room: &Room, change: &mut Change) -> Result<()> {
    #[derive(Deserialize)]
    struct Rules {
        join_rule: String,
        #[serde(default)]
        allow: Vec<Value>,
    }
    let rules = room.state(&app.store, "m.room.join_rules", "").await?;
    let Some(rules) = rules.and_then(|event| event.content::<Rules>()) else { return Ok(()) };
    if !matches!(rules.join_rule.as_str(), "restricted" | "knock_restricted") {
        return Ok(());
    }
    let allowed = rules.allow.iter().filter(|allow| allow["type"] == "m.room_membership");
    for id in allowed.filter_map(|allow| allow["room_id"].as_str()).filter_map(|id| RoomId::parse(id).ok()) {
        let Some(other) = app.rooms.by_id(&app.store, &id).await? else { continue };
        if of(app, &other, &change.of).await? == Some(Membership::JOIN) {
            let voucher = voucher(app, room).await?.ok_or_else(|| {
                MatrixError::new(400, "M_UNABLE_TO_GRANT_JOIN", "Nobody in this room can let you in.")
            })?;
            change.content.insert("join_authorised_via_users_server".into(), voucher.as_str().into());
            return Ok(());
        }
    }
    Err(MatrixError::forbidden("This room lets in the members of certain other rooms, and you are in none of them."))
}

/// A member of this server with the power to invite.
async fn voucher(app: &App, room: &Room) -> Result<Option<OwnedUserId>> {
    let levels = power::levels(app, room).await?;
    let create = room.state(&app.store, "m.room.create", "").await?;
    let creators = create.map(|create| power::creators(&create, &room.rules)).unwrap_or_default();
    let named = levels.users.keys().cloned();
    for user in creators.into_iter().chain(named).filter(|user| levels.user_can_invite(user)) {
        if user.server_name() == app.server_name() && of(app, room, &user).await? == Some(Membership::JOIN) {
            return Ok(Some(user));
        }
    }
    let everybody_may = levels.invite <= levels.users_default;
    if !everybody_may {
        return Ok(None);
    }
    let Some(&someone) = app.store.members(room.nid, Membership::JOIN).await?.first() else { return Ok(None) };
    Ok(UserId::parse(&*app.store.text(someone).await?).ok())
}

/// Writes a changed name or picture into every room `user` is in. Rooms that refuse are left as they are.
pub async fn refresh_profile(app: &App, user: &UserId) -> Result<()> {
    let atom = app.store.atom(user.as_str()).await?;
    for member in app.store.rooms_of(atom, &[Membership::JOIN]).await? {
        let Some(room) = app.rooms.by_nid(&app.store, member.room).await? else { continue };
        let Some(present) = room.state(&app.store, "m.room.member", user.as_str()).await? else { continue };
        let mut content: Map<String, Value> = present.content().unwrap_or_default();
        for key in ["displayname", "avatar_url", "reason", "join_authorised_via_users_server"] {
            content.remove(key);
        }
        content.extend(looks(app, user).await?);
        let draft = Draft::state(user.to_owned(), "m.room.member", user.as_str(), content);
        if let Err(error) = append(app, &room, vec![draft]).await {
            tracing::info!(room = %room.id, %user, %error, "a changed profile is not written into this room");
        }
    }
    Ok(())
}

/// The name and picture of `user` as they stand in member events; nothing for who is not known here.
pub async fn looks(app: &App, user: &UserId) -> Result<Map<String, Value>> {
    let profile = match crate::users::profile::of(app, user).await {
        Err(error) if error.status() == 404 => Map::new(),
        profile => profile?,
    };
    Ok(profile.into_iter().filter(|(key, _)| matches!(key.as_str(), "displayname" | "avatar_url")).collect())
}
