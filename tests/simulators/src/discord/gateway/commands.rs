//! What clients say on the gateway, and what follows.
//! <https://discord.com/developers/docs/events/gateway-events#send-events>

use serde_json::{Value, json};

use super::{Out, Pipe};
use crate::discord::{intent, shape, snowflake::Snowflake, state::State, world::World};

/// The most members in one GUILD_MEMBERS_CHUNK.
const CHUNK: usize = 1000;

/// One connection's place in the protocol.
#[derive(Debug)]
pub(crate) struct Conversation {
    /// Tells sockets apart.
    pub(crate) number: u64,
    pub(crate) out: Pipe,
    pub(crate) session: Option<String>,
    /// When the client's messages of the last minute came.
    pub(crate) recent: Vec<u64>,
}

impl Conversation {
    /// Reacts to one frame of the client.
    pub(crate) fn hear(&mut self, state: &mut State, frame: &str) {
        if frame.len() > 4096 {
            return self.close(4002, "Payload too large.");
        }
        let Ok(message) = serde_json::from_str::<Value>(frame) else {
            return self.close(4002, "Error while decoding payload.");
        };
        // After op 9 the client may identify anew on the same connection.
        self.session.take_if(|id| !state.gateway.knows(id));
        let now = state.world.clock.now();
        self.recent.retain(|time| time + 60_000 > now);
        self.recent.push(now);
        if self.recent.len() > 120 {
            return self.close(4008, "Rate limited.");
        }
        match (message["op"].as_u64(), &self.session) {
            (Some(1), _) => self.heartbeat(state),
            (Some(2), None) => self.identify(state, &message["d"]),
            (Some(2), Some(_)) => self.close(4005, "Already authenticated."),
            (Some(6), None) => self.resume(state, &message["d"]),
            (Some(6), Some(_)) => self.close(4005, "Already authenticated."),
            (Some(3 | 4 | 31), Some(_)) => {}
            (Some(8), Some(id)) => request_members(state, id.clone().as_str(), &message["d"]),
            (Some(3 | 4 | 8 | 31), None) => self.close(4003, "Not authenticated."),
            _ => self.close(4001, "Unknown opcode."),
        }
    }

    fn heartbeat(&self, state: &State) {
        if !self.session.as_ref().is_some_and(|id| state.gateway.is_zombie(id)) {
            self.send(&json!({ "op": 11, "d": null }));
        }
    }

    fn identify(&mut self, state: &mut State, data: &Value) {
        if !state.is_token(data["token"].as_str().unwrap_or_default()) {
            return self.close(4004, "Authentication failed.");
        }
        let Some(intents) = data["intents"].as_u64().filter(|bits| bits & !intent::KNOWN == 0) else {
            return self.close(4013, "Invalid intent(s).");
        };
        if intents & intent::PRIVILEGED & !state.settings.privileged_intents != 0 {
            return self.close(4014, "Disallowed intent(s).");
        }
        state.identifies += 1;
        self.session = Some(state.gateway.identify(&state.world, intents, (self.number, self.out.clone())));
    }

    fn resume(&mut self, state: &mut State, data: &Value) {
        if !state.is_token(data["token"].as_str().unwrap_or_default()) {
            return self.close(4004, "Authentication failed.");
        }
        let (id, seq) = (data["session_id"].as_str().unwrap_or_default(), data["seq"].as_u64().unwrap_or(0));
        let now = state.world.clock.now();
        if state.gateway.resume(id, seq, (self.number, self.out.clone()), now) {
            state.resumes += 1;
            self.session = Some(id.to_owned());
        } else {
            self.send(&json!({ "op": 9, "d": false }));
        }
    }

    fn send(&self, message: &Value) {
        self.out.send(Out::Send(message.to_string()));
    }

    fn close(&self, code: u16, reason: &'static str) {
        self.out.send(Out::Close(code, reason));
    }
}

/// Op 8: answers with chunks of members.
fn request_members(state: &mut State, session: &str, data: &Value) {
    let guild: Option<Snowflake> = data["guild_id"].as_str().and_then(|id| id.parse().ok());
    let Some(guild) = guild.filter(|id| state.world.guilds.contains_key(id)) else { return };
    let Some((found, missing)) = chosen(&state.world, guild, data, state.gateway.intents(session)) else { return };
    let count = found.len().div_ceil(CHUNK).max(1);
    for index in 0..count {
        let members: Vec<Value> = found
            .iter()
            .skip(index * CHUNK)
            .take(CHUNK)
            .map(|id| shape::guild::member(&state.world, guild, *id))
            .collect();
        let mut chunk = json!({ "guild_id": guild, "members": members, "chunk_index": index, "chunk_count": count });
        if !missing.is_empty() {
            chunk["not_found"] = json!(missing);
        }
        if data["nonce"].is_string() {
            chunk["nonce"] = data["nonce"].clone();
        }
        state.gateway.tell(session, "GUILD_MEMBERS_CHUNK", &chunk);
    }
}

/// The members asked for, and the ids of nobody. All of them only with the intent.
fn chosen(world: &World, guild: Snowflake, data: &Value, intents: u64) -> Option<(Vec<Snowflake>, Vec<Snowflake>)> {
    let members = &world.guilds.get(&guild)?.members;
    let asked = &data["user_ids"];
    if !asked.is_null() {
        let list = if asked.is_array() { asked.clone() } else { json!([asked]) };
        let ids: Vec<Snowflake> = serde_json::from_value(list).ok()?;
        return Some(ids.into_iter().take(100).partition(|id| members.contains_key(id)));
    }
    let (query, limit) = (data["query"].as_str()?.to_lowercase(), usize::try_from(data["limit"].as_u64()?).ok()?);
    if query.is_empty() && limit == 0 {
        return (intents & intent::GUILD_MEMBERS != 0).then(|| (members.keys().copied().collect(), vec![]));
    }
    let named = |id: &&Snowflake| {
        let name = world.users.get(id).map(|user| user.name.to_lowercase()).unwrap_or_default();
        name.starts_with(&query) || world.shown_name(Some(guild), **id).to_lowercase().starts_with(&query)
    };
    Some((members.keys().filter(named).take(limit.clamp(1, 100)).copied().collect(), vec![]))
}
