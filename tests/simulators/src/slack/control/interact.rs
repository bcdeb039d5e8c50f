//! Buttons and slash commands.

use serde_json::{Value, json};

use crate::slack::{
    Refusal, Slack,
    error::no,
    model::{Kind, Whisper},
    shape::{self, View},
    socket::envelope::{Envelope, Sort},
    state::State,
};

impl Slack {
    /// Somebody presses the button with this `action_id` under a message.
    pub fn press(&self, channel: &str, user: &str, ts: &str, action: &str) -> Result<(), Refusal> {
        self.shared.with(|state| {
            let payload = pressed(state, (channel, ts), user, action)?;
            tell(state, Sort::Interaction, payload)
        })
    }

    /// Somebody runs a slash command: `/matrix`, and what follows it.
    pub fn command(&self, channel: &str, user: &str, command: &str, text: &str) -> Result<(), Refusal> {
        self.shared.with(|state| {
            let world = &mut state.world;
            let place = world.writable(channel, user)?;
            let name = match place.kind {
                Kind::Direct => "directmessage".to_owned(),
                _ => place.name.clone(),
            };
            let trigger = world.next_id("Tr");
            let payload = json!({
                "token": "simulated-verification-token",
                "team_id": world.team.id,
                "team_domain": world.team.domain,
                "channel_id": channel,
                "channel_name": name,
                "user_id": user,
                "user_name": world.user(user)?.name,
                "command": command,
                "text": text,
                "api_app_id": world.app.id,
                "is_enterprise_install": "false",
                "response_url": format!("{}/respond/{channel}/{user}/none", world.base),
                "trigger_id": trigger,
            });
            tell(state, Sort::Command, payload)
        })
    }

    /// Everything that was shown to one person alone, in order.
    pub fn whispers(&self) -> Vec<Whisper> {
        self.shared.look(|state| state.world.whispers.clone())
    }
}

fn tell(state: &mut State, sort: Sort, payload: Value) -> Result<(), Refusal> {
    if state.hub.target.is_some() {
        state.post_callback(sort, payload);
        return Ok(());
    }
    if state.hub.connected() == 0 {
        // What Slack's app shows then: the command failed with the error “dispatch_failed”.
        return Err(no("dispatch_failed"));
    }
    state.send(Envelope::new(sort, payload));
    Ok(())
}

fn pressed(state: &mut State, place: (&str, &str), user: &str, action: &str) -> Result<Value, Refusal> {
    let (channel, ts) = place;
    let action_ts = state.world.next_ts();
    let trigger = state.world.next_id("Tr");
    let world = &state.world;
    let message = world.message(channel, ts)?;
    let (block, button) = message
        .blocks
        .iter()
        .find_map(|block| Some((block, find(block, action)?)))
        .ok_or_else(|| no("no_such_button"))?;
    let mut pressed = button.clone();
    pressed["block_id"] = block["block_id"].clone();
    pressed["action_ts"] = json!(action_ts);
    let person = world.user(user)?;
    Ok(json!({
        "type": "block_actions",
        "user": { "id": user, "username": person.name, "name": person.name, "team_id": world.team.id },
        "api_app_id": world.app.id,
        "token": "simulated-verification-token",
        "container": { "type": "message", "message_ts": ts, "channel_id": channel, "is_ephemeral": false },
        "trigger_id": trigger,
        "team": { "id": world.team.id, "domain": world.team.domain },
        "enterprise": null,
        "is_enterprise_install": false,
        "channel": { "id": channel, "name": world.channel(channel)?.name },
        "message": shape::message(world, message, View::PLAIN),
        "state": { "values": {} },
        "response_url": format!("{}/respond/{channel}/{user}/{ts}", world.base),
        "actions": [pressed],
    }))
}

/// The button in a block: among its elements, or its accessory.
fn find<'a>(block: &'a Value, action: &str) -> Option<&'a Value> {
    let elements = block["elements"].as_array().into_iter().flatten();
    elements.chain(block.get("accessory")).find(|element| element["action_id"] == action)
}
