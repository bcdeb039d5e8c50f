//! Commands, polls, and what other programs do.

use serde_json::{Value, json};

use crate::discord::{
    Discord, Refusal, Snowflake,
    model::{Author, Member, Message, User, Webhook, flag},
    world::Draft,
};

/// PluralKit's account and application.
const PLURALKIT: Snowflake = Snowflake(466_378_653_216_014_359);

impl Discord {
    /// Somebody writes `/matrix SUBCOMMAND` with options by name; the id is for [`Discord::answer`].
    pub fn command(
        &self,
        channel: Snowflake,
        user: Snowflake,
        subcommand: &str,
        options: &[(&str, &str)],
    ) -> Result<Snowflake, Refusal> {
        let options: Vec<Value> =
            options.iter().map(|(name, value)| json!({ "type": 3, "name": name, "value": value })).collect();
        let data = json!({
            "id": "1", "name": "matrix", "type": 1,
            "options": [{ "type": 1, "name": subcommand, "options": options }],
        });
        self.shared.with(|state| state.world.ask(channel, user, &data))
    }

    /// Somebody chooses an entry from a message's menu.
    pub fn menu(
        &self,
        channel: Snowflake,
        user: Snowflake,
        name: &str,
        message: Snowflake,
    ) -> Result<Snowflake, Refusal> {
        let data = json!({ "id": "2", "name": name, "type": 3, "target_id": message });
        self.shared.with(|state| state.world.ask(channel, user, &data))
    }

    /// What the bot answered, once it has; and whether only the asker sees it.
    pub fn answer(&self, asked: Snowflake) -> Option<(String, bool)> {
        self.shared.look(|state| {
            let asked = state.world.asked.iter().find(|known| known.id == asked)?;
            Some((asked.answer.clone()?, asked.hidden))
        })
    }

    /// The commands the bot has told Discord of.
    pub fn commands(&self) -> Vec<Value> {
        self.shared.look(|state| state.world.commands.clone())
    }

    /// The application's own emoji by name and id.
    pub fn app_emojis(&self) -> Vec<(String, Snowflake)> {
        self.shared.look(|state| state.world.app_emojis.iter().map(|emoji| (emoji.name.clone(), emoji.id)).collect())
    }

    /// Somebody asks a poll.
    pub fn poll(
        &self,
        channel: Snowflake,
        user: Snowflake,
        question: &str,
        answers: &[&str],
        several: bool,
    ) -> Result<Snowflake, Refusal> {
        let answers: Vec<Value> = answers.iter().map(|text| json!({ "poll_media": { "text": text } })).collect();
        let asked = json!({ "question": { "text": question }, "answers": answers, "allow_multiselect": several });
        self.shared.with(|state| {
            let poll = state.world.poll(&asked)?;
            let mut draft = Draft::text(channel, Author::User(user), "");
            draft.extra.insert("poll".to_owned(), poll);
            state.world.post(draft)
        })
    }

    /// Somebody votes (`answer` from 1), or takes the vote back.
    pub fn vote(
        &self,
        channel: Snowflake,
        poll: Snowflake,
        user: Snowflake,
        answer: u64,
        on: bool,
    ) -> Result<(), Refusal> {
        self.shared.with(|state| state.world.vote((channel, poll), user, answer, on))
    }

    /// A poll's time is over.
    pub fn end_poll(&self, channel: Snowflake, poll: Snowflake) -> Result<(), Refusal> {
        self.shared.with(|state| state.world.end_poll(channel, poll))
    }

    /// Somebody records a voice message: an Ogg file with its length and loudness.
    pub fn voice(
        &self,
        channel: Snowflake,
        user: Snowflake,
        seconds: f64,
        waveform: &str,
    ) -> Result<Snowflake, Refusal> {
        let ogg = ("voice-message.ogg", "audio/ogg", bytes::Bytes::from_static(b"OggS"));
        let stored = self
            .shared
            .with(|state| crate::discord::rest::store_file(&mut state.world, ogg.0, Some(ogg.1.to_owned()), ogg.2));
        self.post(channel, user, |message: &mut Message| {
            let mut file = stored;
            file.extra.insert("duration_secs".to_owned(), json!(seconds));
            file.extra.insert("waveform".to_owned(), json!(waveform));
            message.attachments.push(file);
            message.flags |= flag::IS_VOICE_MESSAGE;
        })
    }

    /// PluralKit joins a guild, with its webhook in a channel.
    pub fn pluralkit(&self, guild: Snowflake, channel: Snowflake) -> Result<Webhook, Refusal> {
        self.shared.with(|state| {
            let (id, world) = (PLURALKIT, &mut state.world);
            let name = "PluralKit".to_owned();
            world.users.insert(id, User { id, name, global_name: None, avatar: None, bot: true });
            let joined = world.clock.now();
            let member = Member { user: id, nick: None, avatar: None, roles: vec![], joined };
            world.guild_mut(guild)?.members.insert(id, member);
            let hook = world.create_webhook(channel, id, "PluralKit Proxy Webhook", None)?;
            world.change_webhook(hook.id, |hook| hook.application = Some(id))
        })
    }

    /// PluralKit says again what somebody wrote, under the name of a member, and deletes the first.
    pub fn proxy(&self, webhook: &Webhook, member: &str, message: Snowflake) -> Result<Snowflake, Refusal> {
        let text = self.message(webhook.channel, message).map(|message| message.content).unwrap_or_default();
        let id = self.speak(webhook.id, member, &text)?;
        self.delete(webhook.channel, message)?;
        Ok(id)
    }

    /// Who is banned from a guild.
    pub fn bans(&self, guild: Snowflake) -> Vec<Snowflake> {
        self.shared.look(|state| state.world.guilds.get(&guild).map(|guild| guild.bans.clone()).unwrap_or_default())
    }
}
