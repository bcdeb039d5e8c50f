//! A room as one user may read it: how far, which events, how they look.
//! Specified in the client-server API, «Room History Visibility».

use std::{collections::HashSet, sync::Arc};

use ruma::RoomId;

use super::{
    Event, Room,
    client_event::{Beside, Shown, Spoken, Viewer},
    membership,
    visibility::{self, History},
};
use crate::{
    app::App,
    error::{MatrixError, Result},
    http::caller::Caller,
    store::{Atom, Membership, Pos, events::Direction, state::At},
    sync::filter::EventFilter,
};

/// The end of the stream.
const END: Pos = Pos(i64::MAX);
/// How often a page is read on when what was read is not wanted or not to be seen.
const ROUNDS: usize = 10;

/// One user reading one room.
pub struct Reader {
    /// The room.
    pub room: Arc<Room>,
    /// For whom.
    pub viewer: Viewer,
    history: History,
    reach: Pos,
    ignored: HashSet<String>,
}

/// A stretch of a timeline.
pub struct Page {
    /// The events, in the order they were read.
    pub events: Vec<Arc<Event>>,
    /// Where to read on, if there is more.
    pub next: Option<Pos>,
}

/// What is asked of a timeline.
pub struct Wanted<'a> {
    /// Where to begin: before what comes after this position, or after it.
    pub from: Pos,
    /// Where to stop.
    pub to: Option<Pos>,
    /// Which way to read.
    pub direction: Direction,
    /// At most so many events.
    pub limit: usize,
    /// Which events.
    pub filter: &'a EventFilter,
}

/// The room and when to read its state: now for who is in it, as it was at the leave for who has left.
///
/// # Errors
/// 403 for who was never in it, unless everybody may read it.
pub async fn state_access(app: &App, caller: &Caller, id: &RoomId) -> Result<(Arc<Room>, At)> {
    let room = membership::room(app, id).await?;
    if membership::of(app, &room, &caller.user).await? == Some(Membership::JOIN) {
        return Ok((room, At::Now));
    }
    let reader = Reader::of(app, caller, room).await?;
    let at = reader.at();
    Ok((reader.room, at))
}

impl Reader {
    /// Lets `caller` read.
    ///
    /// # Errors
    /// 403 for who was never in the room, unless everybody may read it.
    pub async fn enter(app: &App, caller: &Caller, id: &RoomId) -> Result<Self> {
        let room = membership::room(app, id).await?;
        Self::of(app, caller, room).await
    }

    async fn of(app: &App, caller: &Caller, room: Arc<Room>) -> Result<Self> {
        let history = visibility::history(app, caller.nid, room.nid).await?;
        let reach = match history.reach() {
            _ if history.world_readable_now() => END,
            Some(END) => END,
            Some(left) if !is_forgotten(app, &room, caller.nid).await? => left,
            _ => return Err(MatrixError::forbidden("You are not in this room, or it does not exist.")),
        };
        let prefs = crate::sync::prefs::prefs(app, &caller.user, caller.nid).await?;
        Ok(Self { room, viewer: Viewer::new(app, caller), history, reach, ignored: prefs.ignored.clone() })
    }

    /// Up to where the user may look.
    #[must_use]
    pub fn reach(&self) -> Pos {
        self.reach
    }

    /// When to read state.
    #[must_use]
    pub fn at(&self) -> At {
        if self.reach == END { At::Now } else { At::After(self.reach) }
    }

    /// The state as the user may see it right after `pos`.
    #[must_use]
    pub fn at_most(&self, pos: Pos) -> At {
        At::After(pos.min(self.reach))
    }

    /// Whether the user may see an event of this room.
    #[must_use]
    pub fn sees(&self, event: &Event) -> bool {
        event.room == self.room.nid && self.history.allows(event.pos)
    }

    /// The event of this id.
    ///
    /// # Errors
    /// 404 if there is none in this room, or none the user may see.
    pub async fn event(&self, app: &App, id: &str) -> Result<Arc<Event>> {
        let event = app.store.event(id).await?.filter(|event| self.sees(event));
        event.ok_or_else(|| MatrixError::not_found("There is no such event in this room."))
    }

    /// Those of `events` the user may see, not by those they ignore.
    #[must_use]
    pub fn seen(&self, events: Vec<Arc<Event>>) -> Vec<Arc<Event>> {
        events.into_iter().filter(|event| self.sees(event) && !self.is_ignored(event)).collect()
    }

    /// Events as the user sees them, with all that belongs beside them.
    pub async fn show(&self, app: &App, events: &[Arc<Event>]) -> Result<Vec<Shown>> {
        let mut beside = Beside::of(app, &self.viewer, events, Spoken::Perhaps).await?;
        beside.restrict(&self.history);
        let show = |event| beside.show(&self.viewer, event, Some(self.history.membership_at(event.pos)));
        Ok(events.iter().map(show).collect())
    }

    /// Reads a timeline. Usually one query; a few when what is read is not wanted.
    pub async fn page(&self, app: &App, wanted: &Wanted<'_>) -> Result<Page> {
        let back = wanted.direction == Direction::Backwards;
        let (mut cursor, mut events) = (wanted.from.min(self.reach), Vec::new());
        for _ in 0..ROUNDS {
            let missing = wanted.limit - events.len();
            let fetch = if wanted.filter.is_open() { missing + 1 } else { (missing * 4).max(100) };
            let (after, upto) = match wanted.to {
                to if back => (to.unwrap_or_default(), cursor),
                to => (cursor, to.unwrap_or(END).min(self.reach)),
            };
            let room = self.room.nid;
            let read = app.store.timeline(room, after, upto, wanted.direction, fetch as u64).await?;
            let ended = read.len() < fetch;
            let related: HashSet<Pos> =
                wanted.filter.related(app, read.clone()).await?.iter().map(|event| event.pos).collect();
            for event in read {
                if events.len() == wanted.limit {
                    return Ok(Page { events, next: Some(cursor) });
                }
                cursor = if back { Pos(event.pos.0 - 1) } else { event.pos };
                if self.sees(&event)
                    && !self.is_ignored(&event)
                    && wanted.filter.wants(&event)
                    && related.contains(&event.pos)
                {
                    events.push(event);
                }
            }
            if ended {
                return Ok(Page { events, next: None });
            }
        }
        Ok(Page { events, next: Some(cursor) })
    }

    /// The member events of those who speak in `events`, as they were right after `at`; one query.
    pub async fn speakers(&self, app: &App, events: &[Arc<Event>], at: Pos) -> Result<Vec<Arc<Event>>> {
        let Some(member) = app.store.find_atom("m.room.member").await? else { return Ok(Vec::new()) };
        let senders: HashSet<Atom> = events.iter().map(|event| event.sender_atom).collect();
        let wanted: Vec<_> = senders.into_iter().map(|sender| (self.room.nid, sender, at.min(self.reach))).collect();
        let found: Vec<Pos> = app.store.pieces_at(member, &wanted).await?.iter().map(|place| place.pos).collect();
        Ok(app.store.events(&found).await?)
    }

    fn is_ignored(&self, event: &Event) -> bool {
        event.state_key.is_none() && self.ignored.contains(event.sender.as_str())
    }
}

async fn is_forgotten(app: &App, room: &Room, user: Atom) -> Result<bool> {
    Ok(app.store.member(room.nid, user).await?.is_some_and(|member| member.forgotten))
}
