//! Ghosts: registered, dressed and let in when they are first needed.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use crate::{
    core::{Core, locked},
    intent::MatrixError,
    media,
    network::{MediaRef, StoreError, UserInfo},
    store::ghosts::{self, GhostRow},
};

/// Most ghosts remembered in memory; a full memory starts anew from the database.
const REMEMBERED: usize = 50_000;

/// What is known of ghosts. Each has a lock of its own, so that two lanes do not register or dress one twice.
#[derive(Default)]
pub(crate) struct Ghosts {
    known: Mutex<HashMap<String, Arc<tokio::sync::Mutex<Option<Ghost>>>>>,
    /// By room: the users of ours that are in it, with how they look there if that is not how they look elsewhere; absent
    /// until read from the database.
    joined: Mutex<HashMap<String, HashMap<String, Option<String>>>>,
}

/// A registered ghost.
#[derive(Clone, Debug, Default)]
struct Ghost {
    looks: GhostRow,
    /// The look that was last tried: one that is refused is not tried again and again.
    tried: GhostRow,
    /// When a picture that could not be had is tried again.
    again: Option<Instant>,
}

/// How long a picture that cannot be had now is left alone.
const PICTURE_PAUSE: Duration = Duration::from_secs(300);

impl Ghosts {
    fn lock_of(&self, id: &str) -> Arc<tokio::sync::Mutex<Option<Ghost>>> {
        let mut known = locked(&self.known);
        if known.len() >= REMEMBERED {
            known.clear();
        }
        known.entry(id.to_owned()).or_default().clone()
    }

    pub(crate) fn is_joined(&self, room: &str, user: &str) -> bool {
        locked(&self.joined).get(room).is_some_and(|users| users.contains_key(user))
    }

    /// How a ghost looks in a room, if that is not how it looks elsewhere.
    pub(super) fn looks_in(&self, room: &str, user: &str) -> Option<String> {
        locked(&self.joined).get(room)?.get(user)?.clone()
    }

    /// A ghost looks so in a room.
    pub(super) fn look_in(&self, room: &str, user: &str, looks: &str) {
        if let Some(entry) = locked(&self.joined).get_mut(room).and_then(|users| users.get_mut(user)) {
            *entry = Some(looks.to_owned());
        }
    }

    /// A ghost looks the same everywhere.
    fn look_alike(&self, user: &str) {
        for users in locked(&self.joined).values_mut() {
            if let Some(looks) = users.get_mut(user) {
                *looks = None;
            }
        }
    }

    /// A ghost is not in the room any more.
    pub(crate) fn left(&self, room: &str, user: &str) {
        if let Some(users) = locked(&self.joined).get_mut(room) {
            users.remove(user);
        }
    }
}

/// A ghost, dressed.
pub(crate) struct Dressed {
    pub(crate) user_id: String,
    /// Whether it looks different in rooms of the container it was last seen in.
    pub(crate) differs: bool,
}

/// Makes sure that a ghost exists and looks so in general, if `home` is the container whose names it follows (or none is
/// known).
pub(crate) async fn dress(
    core: &Core,
    id: &str,
    info: Option<&UserInfo>,
    home: Option<&str>,
) -> Result<Dressed, GhostError> {
    let user_id = core.names.ghost(id);
    let lock = core.ghosts.lock_of(id);
    let mut ghost = lock.lock().await;
    if ghost.is_none() {
        let looks = match core.store.ghost(id).await? {
            Some(looks) => looks,
            None => {
                core.homeserver.user(&user_id).register().await?;
                let looks = GhostRow::default();
                core.store.commit("storing a ghost", vec![ghosts::save(id, &looks)]).await?;
                looks
            }
        };
        *ghost = Some(Ghost { tried: looks.clone(), looks, again: None });
    }
    let mut differs = false;
    if let (Some(ghost), Some(info)) = (ghost.as_mut(), info) {
        if is_at_home(ghost.looks.home.as_deref(), home) {
            wear(core, id, &user_id, ghost, info, home).await?;
        } else {
            let avatar = info.avatar.as_ref().map(MediaRef::cache_key);
            differs = ghost.looks.name.as_deref() != Some(&*info.name) || ghost.looks.avatar.as_deref() != avatar;
        }
    }
    Ok(Dressed { user_id, differs })
}

/// Whether a ghost's profile follows the names of a container.
fn is_at_home(follows: Option<&str>, seen_in: Option<&str>) -> bool {
    follows.is_none() || seen_in.is_none() || follows == seen_in
}

async fn wear(
    core: &Core,
    id: &str,
    user_id: &str,
    ghost: &mut Ghost,
    info: &UserInfo,
    home: Option<&str>,
) -> Result<(), GhostError> {
    let wanted = GhostRow {
        home: ghost.looks.home.clone().or_else(|| home.map(str::to_owned)),
        name: Some(info.name.clone()).filter(|name| !name.is_empty()).or_else(|| ghost.looks.name.clone()),
        avatar: info.avatar.as_ref().map(|avatar| avatar.cache_key().to_owned()),
    };
    if wanted == ghost.tried && ghost.again.is_none_or(|again| again > Instant::now()) {
        return Ok(());
    }
    ghost.tried = wanted.clone();
    ghost.again = None;
    let intent = core.homeserver.user(user_id);
    let mut looks = GhostRow { home: wanted.home.clone(), ..ghost.looks.clone() };
    if let Some(name) = wanted.name.as_ref().filter(|name| looks.name.as_ref() != Some(name)) {
        match intent.set_name(name).await {
            Ok(()) => looks.name = Some(name.clone()),
            Err(error) => tracing::info!(user_id, error = %error, "A ghost's name was refused."),
        }
    }
    if wanted.avatar != looks.avatar {
        let mxc = match &info.avatar {
            Some(avatar) => match media::carry(core, avatar).await {
                Ok(uploaded) => uploaded.map(|uploaded| uploaded.mxc),
                Err(error) => {
                    tracing::info!(user_id, error = %error, "A ghost's picture cannot be had now.");
                    ghost.again = Some(Instant::now() + PICTURE_PAUSE);
                    None
                }
            },
            None => Some(String::new()),
        };
        if let Some(mxc) = mxc {
            match intent.set_avatar(&mxc).await {
                Ok(()) => looks.avatar = wanted.avatar,
                Err(error) => tracing::info!(user_id, error = %error, "A ghost's picture was refused."),
            }
        }
    }
    if looks != ghost.looks {
        core.store
            .commit("storing a ghost's look", vec![ghosts::save(id, &looks), ghosts::looks_alike(user_id)])
            .await?;
        core.ghosts.look_alike(user_id);
        ghost.looks = looks;
    }
    Ok(())
}

/// Makes sure that a user of ours is in a room; the bot invites if it must.
pub(crate) async fn let_in(core: &Core, room: &str, user_id: &str) -> Result<(), GhostError> {
    if core.ghosts.is_joined(room, user_id) {
        return Ok(());
    }
    if !locked(&core.ghosts.joined).contains_key(room) {
        let known = core.store.ghosts_in(room).await?.into_iter().map(|ghost| (ghost.user_id, ghost.looks)).collect();
        locked(&core.ghosts.joined).entry(room.to_owned()).or_insert(known);
        if core.ghosts.is_joined(room, user_id) {
            return Ok(());
        }
    }
    join(core, room, user_id).await?;
    core.store.commit("storing a membership", vec![ghosts::joined(room, user_id)]).await?;
    locked(&core.ghosts.joined).entry(room.to_owned()).or_default().insert(user_id.to_owned(), None);
    Ok(())
}

async fn join(core: &Core, room: &str, user_id: &str) -> Result<(), MatrixError> {
    let intent = match user_id == core.names.bot {
        true => core.homeserver.bot(),
        false => core.homeserver.user(user_id),
    };
    match intent.join(room).await {
        Ok(_) => return Ok(()),
        Err(error) if !error.is("M_FORBIDDEN") || intent.user.is_none() => return Err(error),
        Err(_) => {}
    }
    core.homeserver.bot().invite(room, user_id).await?;
    intent.join(room).await.map(drop)
}

/// Lets a user in again, after the homeserver said that it is not there.
pub(crate) async fn let_in_again(core: &Core, room: &str, user_id: &str) -> Result<(), GhostError> {
    core.ghosts.left(room, user_id);
    core.store.commit("storing a membership", vec![ghosts::left(room, user_id)]).await?;
    let_in(core, room, user_id).await
}

/// Lets a ghost leave.
pub(crate) async fn leave(core: &Core, room: &str, user_id: &str) -> Result<(), GhostError> {
    core.ghosts.left(room, user_id);
    core.store.commit("storing a membership", vec![ghosts::left(room, user_id)]).await?;
    match core.homeserver.user(user_id).leave(room).await {
        Ok(()) => Ok(()),
        Err(error) => {
            tracing::debug!(room_id = room, user_id, error = %error, "A ghost could not leave.");
            Ok(())
        }
    }
}

/// Why a ghost cannot act.
#[derive(Debug, thiserror::Error)]
pub(crate) enum GhostError {
    /// For good.
    #[error(transparent)]
    Refused(#[from] MatrixError),
    /// Tried again.
    #[error(transparent)]
    Store(#[from] StoreError),
}
