//! One answer, from what is new to what goes out.

use std::collections::HashMap;

use serde_json::value::RawValue;

use super::{
    Ask,
    answer::{Answer, Data, Ephemeral, Events, Invited, Joined, Knocked, Left, Summary, Timeline},
    devices, ephemeral, invited, lazy,
    prefs::{Prefs, prefs},
    rooms::{Told, sort},
    state, summary,
    timeline::{Cut, timelines},
    token::Token,
    unread,
};
use crate::{
    app::App,
    error::Result,
    rooms::client_event::{Beside, Shown, Spoken, Viewer, plain},
    store::{Membership, Pos, RoomNid, account_data::AccountData},
    sync::live::{News, RoomNews},
    users::push_rules,
};

/// Everything that is new for the client.
pub(super) async fn answer(app: &App, ask: &Ask) -> Result<Answer> {
    let user = ask.caller.nid;
    let since = ask.since.map(|since| since.pos);
    let serial = app.typing.serial();
    let mut news = app.sync.live.news(user, since.filter(|_| !ask.full_state));
    let upto = news.upto.max(since.unwrap_or_default());
    let typing = typing(app, ask, &mut news);
    let (devices, to_device) = devices::devices(app, ask, &news).await?;
    let next = Token { pos: upto, typing: serial, to_device };
    let mut answer = Answer { next_batch: next.to_string(), devices, ..Answer::default() };
    if news.is_nothing() {
        return Ok(answer);
    }
    let data = account_data(app, ask, since, &mut news).await?;
    answer.account_data.events = global(ask, &data.global);
    let prefs = prefs(app, &ask.caller.user, user).await?;
    let viewer = Viewer::new(app, &ask.caller);
    let sorted = sort(app, ask, news, since).await?;
    let invited = invited::stripped(app, ask, &prefs, &sorted.invited, upto).await?;
    let knocked = invited::stripped(app, ask, &prefs, &sorted.knocked, upto).await?;
    let aside = Aside { typing, data: data.rooms };
    let mut parts = Parts::read(app, ask, (&viewer, &prefs), &sorted.told, aside, (since, upto)).await?;
    for room in &sorted.told {
        if room.inside {
            let joined = parts.joined(ask, &viewer, room);
            if !joined.is_empty() || since.is_none() || ask.full_state {
                answer.rooms.join.insert(room.room_id.clone(), joined);
            }
        } else {
            answer.rooms.leave.insert(room.room_id.clone(), parts.left(ask, &viewer, room));
        }
    }
    for (_, events) in invited {
        let Some(id) = events.first().map(|event| event.0.room_id.to_string()) else { continue };
        answer.rooms.invite.insert(id, Invited { invite_state: Events { events } });
    }
    for (_, events) in knocked {
        let Some(id) = events.first().map(|event| event.0.room_id.to_string()) else { continue };
        answer.rooms.knock.insert(id, Knocked { knock_state: Events { events } });
    }
    Ok(answer)
}

/// Who is typing where, and those rooms added to the news.
fn typing(app: &App, ask: &Ask, news: &mut News) -> HashMap<RoomNid, Ephemeral> {
    if !ask.filter.room.ephemeral.wants_type("m.typing") {
        return HashMap::new();
    }
    let changed = app.typing.changed_since(ask.since.map(|since| since.typing));
    let rooms: Vec<RoomNid> = changed.iter().map(|(room, _)| *room).collect();
    for role in app.sync.live.joined_of(ask.caller.nid, &rooms) {
        news.rooms.entry(role.room).or_insert_with(|| RoomNews::new(role));
    }
    changed.into_iter().map(|(room, user_ids)| (room, Ephemeral::Typing { user_ids })).collect()
}

/// Account data, sorted.
#[derive(Default)]
struct Sorted {
    global: Vec<AccountData>,
    rooms: HashMap<RoomNid, Vec<Data>>,
}

/// New account data, and its rooms added to the news. One query, none when there is none.
async fn account_data(app: &App, ask: &Ask, since: Option<Pos>, news: &mut News) -> Result<Sorted> {
    let mut sorted = Sorted::default();
    if !news.account_data {
        return Ok(sorted);
    }
    let user = ask.caller.nid;
    let found = app.store.account_data_since(user, since.unwrap_or_default(), news.upto).await?;
    for data in found {
        let Some(room) = data.room else {
            sorted.global.push(data);
            continue;
        };
        if !ask.filter.room.account_data.wants_type(&data.kind) {
            continue;
        }
        let role = app.sync.live.role(user, room);
        if let Some(role) = role.filter(|role| role.membership == Membership::JOIN) {
            news.rooms.entry(room).or_insert_with(|| RoomNews::new(role));
        }
        sorted.rooms.entry(room).or_default().extend(written(&data.kind, data.content));
    }
    // Push rules are there also for who never changed one.
    if since.is_none() {
        sorted.global.retain(|data| &*data.kind != push_rules::KIND);
        let content = push_rules::content(app, &ask.caller.user, user).await?;
        sorted.global.push(AccountData { room: None, kind: push_rules::KIND.into(), pos: Pos(0), content });
    }
    Ok(sorted)
}

fn global(ask: &Ask, data: &[AccountData]) -> Vec<Data> {
    let wanted = data.iter().filter(|data| ask.filter.account_data.wants_type(&data.kind));
    wanted.filter_map(|data| written(&data.kind, data.content.clone())).collect()
}

fn written(kind: &str, content: String) -> Option<Data> {
    Some(Data { kind: kind.to_owned(), content: RawValue::from_string(content).ok()? })
}

/// What is told of a room beside its events.
struct Aside {
    typing: HashMap<RoomNid, Ephemeral>,
    data: HashMap<RoomNid, Vec<Data>>,
}

impl Aside {
    fn concerns(&self, room: &RoomNid) -> bool {
        self.typing.contains_key(room) || self.data.contains_key(room)
    }
}

/// Everything there is to tell of rooms, by room.
struct Parts {
    cuts: HashMap<RoomNid, Cut>,
    states: HashMap<RoomNid, Vec<std::sync::Arc<crate::rooms::Event>>>,
    summaries: HashMap<RoomNid, Summary>,
    receipts: HashMap<RoomNid, Vec<Ephemeral>>,
    aside: Aside,
    counts: HashMap<RoomNid, unread::Count>,
    beside: Beside,
}

impl Parts {
    async fn read(
        app: &App,
        ask: &Ask,
        (viewer, prefs): (&Viewer, &Prefs),
        rooms: &[Told],
        aside: Aside,
        (since, upto): (Option<Pos>, Pos),
    ) -> Result<Self> {
        let cuts = timelines(app, ask, prefs, rooms, since).await?;
        let mut states = state::states(app, ask, rooms, &cuts, since).await?;
        let (summaries, heroes) = summary::summaries(app, ask, rooms, &cuts).await?;
        lazy::add_members(app, ask, rooms, &cuts, heroes, &mut states).await?;
        let events: Vec<_> =
            rooms.iter().filter_map(|room| cuts.get(&room.room)).flat_map(|cut| &cut.events).cloned().collect();
        let open = ask.filter.room.timeline.is_open();
        let spoken = if open { Spoken::OnlyAmongThem } else { Spoken::Perhaps };
        let beside = Beside::of(app, viewer, &events, spoken).await?;
        let receipts = receipts(app, ask, rooms, (since, upto)).await?;
        let speaks = |room: &&Told| {
            let (nid, cut) = (&room.room, cuts.get(&room.room));
            let silent = cut.is_none_or(|cut| cut.events.is_empty() && !cut.limited);
            let told = receipts.contains_key(nid) || summaries.contains_key(nid) || states.contains_key(nid);
            room.inside && (!silent || told || aside.concerns(nid) || ask.full_state)
        };
        let inside = rooms.iter().filter(speaks).map(|room| unread::Room {
            room: room.room,
            joined: room.role.pos,
            events: room.events.clone(),
        });
        let inside: Vec<_> = inside.collect();
        let counts = unread::count(app, viewer, prefs, &inside, (since.unwrap_or_default(), upto)).await?;
        Ok(Self { cuts, states, summaries, receipts, aside, counts, beside })
    }

    fn joined(&mut self, ask: &Ask, viewer: &Viewer, room: &Told) -> Joined {
        let (state, state_after) = self.state(ask, viewer, room);
        let mut ephemeral = self.receipts.remove(&room.room).unwrap_or_default();
        ephemeral.extend(self.aside.typing.remove(&room.room));
        let count = self.counts.remove(&room.room).unwrap_or_default();
        let apart = ask.filter.room.timeline.unread_thread_notifications;
        Joined {
            summary: self.summaries.remove(&room.room),
            state,
            state_after,
            timeline: self.timeline(viewer, room),
            ephemeral: Events { events: ephemeral },
            account_data: Events { events: self.aside.data.remove(&room.room).unwrap_or_default() },
            unread_notifications: if apart { count.main } else { count.total() },
            unread_thread_notifications: if apart { count.threads } else { Default::default() },
        }
    }

    fn left(&mut self, ask: &Ask, viewer: &Viewer, room: &Told) -> Left {
        let (state, state_after) = self.state(ask, viewer, room);
        let account_data = Events { events: self.aside.data.remove(&room.room).unwrap_or_default() };
        Left { state, state_after, timeline: self.timeline(viewer, room), account_data }
    }

    fn state(&mut self, ask: &Ask, viewer: &Viewer, room: &Told) -> (Option<Events<Shown>>, Option<Events<Shown>>) {
        let events = self.states.remove(&room.room).unwrap_or_default();
        let shown = events.iter().map(|event| Shown { with_room: false, ..plain(viewer, event) });
        let state = Events { events: shown.collect() };
        if ask.state_after { (None, Some(state)) } else { (Some(state), None) }
    }

    fn timeline(&mut self, viewer: &Viewer, room: &Told) -> Timeline {
        let Some(cut) = self.cuts.remove(&room.room) else { return Timeline::default() };
        let shown = cut.events.iter().map(|event| {
            let membership = room.history.as_ref().map_or(Membership::JOIN, |history| history.membership_at(event.pos));
            Shown { with_room: false, ..self.beside.show(viewer, event, Some(membership)).before(room.upto) }
        });
        let events = shown.collect();
        Timeline { events, limited: cut.limited, prev_batch: Token::after(cut.start).to_string() }
    }
}

async fn receipts(
    app: &App,
    ask: &Ask,
    rooms: &[Told],
    (since, upto): (Option<Pos>, Pos),
) -> Result<HashMap<RoomNid, Vec<Ephemeral>>> {
    if !ask.filter.room.ephemeral.wants_type("m.receipt") {
        return Ok(HashMap::new());
    }
    let noisy = rooms.iter().filter(|room| room.inside && room.receipts);
    // Of rooms that are new to the client it is told everything.
    let (known, new): (Vec<&Told>, Vec<&Told>) = noisy.partition(|room| room.known);
    let nids = |rooms: Vec<&Told>| rooms.into_iter().map(|room| room.room).collect::<Vec<_>>();
    let mut receipts = ephemeral::receipts(app, ask, &nids(known), since.unwrap_or_default(), upto).await?;
    receipts.extend(ephemeral::receipts(app, ask, &nids(new), Pos(0), upto).await?);
    Ok(receipts)
}
