//! A network whose people say what the test says.
//!
//! Like a gateway, it numbers what happens and goes on after the last number the bridge remembered; like a server, it
//! keeps what was sent to it, whatever happens to the bridge.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex},
    time::Duration,
};

use serde_json::{Value, json};
use tokio::sync::watch;

use crate::{
    content::Doc,
    core::locked,
    network::{
        Attempt, Author, Batch, ChatDelta, ChatId, ChatInfo, ConnectError, Edit, Emoji, Features, FetchError, Incoming,
        Known, Lookup, MediaRef, MediaStream, Moderate, Network, NetworkInfo, Outgoing, Part, PollState, React,
        Refusal, Remote, RemoteUserId, SendError, Sent, Session, Timestamp, UserInfo, What,
    },
};

/// What goes wrong with a send. Each is used up by one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SendFault {
    /// The network asks to wait; nothing was sent.
    Later(Duration),
    /// It was sent, but the answer is lost.
    CutAfterSend,
    /// It was not sent, and the connection broke.
    CutBeforeSend,
    /// The network refuses, in these words.
    Refuse(String),
    /// The network does not know the chat any more.
    ChatGone,
    /// The account was signed out.
    SignedOut,
    /// The connector has a fault.
    Panic,
}

/// A message on the network that came from Matrix.
#[derive(Clone, Debug, PartialEq)]
pub struct RemoteMessage {
    /// Its id.
    pub id: String,
    /// Its chat.
    pub chat: String,
    /// The key it was sent under.
    pub key: String,
    /// Who sent it, by name.
    pub name: String,
    /// What it says.
    pub text: String,
    /// The message it answers.
    pub reply_to: Option<String>,
    /// Emoji the bridge put.
    pub reactions: Vec<String>,
    /// Whether it was deleted.
    pub deleted: bool,
}

#[derive(Default)]
struct There {
    messages: Vec<RemoteMessage>,
    reactions: Vec<(String, String)>,
    happened: Vec<Incoming>,
    faults: VecDeque<SendFault>,
    /// How often a session was asked to send.
    sends: usize,
    lookups: usize,
    typing: Vec<(String, bool)>,
    pins: Vec<(String, bool)>,
    chats: BTreeMap<String, ChatInfo>,
    orders: Vec<Moderate>,
    looks: Vec<(String, ChatDelta)>,
    announced: Vec<(String, String)>,
    remote: Option<Remote>,
    /// Whether it tells what the bridge sent, as networks do.
    echoes: bool,
    polls: BTreeMap<String, (Vec<(String, u64)>, bool)>,
    /// How often a session was told how a poll stands.
    polled: usize,
    features: Option<Features>,
    /// Texts are cut into parts of so many characters.
    cut: Option<usize>,
    counter: u64,
}

/// The network. Clones are the same network.
#[derive(Clone)]
pub struct ScriptedNetwork {
    there: Arc<Mutex<There>>,
    news: watch::Sender<usize>,
}

impl Default for ScriptedNetwork {
    fn default() -> Self {
        Self { there: Arc::default(), news: watch::Sender::new(0) }
    }
}

impl ScriptedNetwork {
    /// Somebody says something; answers the message's id.
    pub fn says(&self, chat: &str, who: &str, text: &str) -> String {
        self.says_parts(chat, who, vec![Part::Text(Doc::text(text))], None)
    }

    /// Somebody says several things in one message, perhaps as an answer.
    pub fn says_parts(&self, chat: &str, who: &str, parts: Vec<Part>, reply_to: Option<&str>) -> String {
        let id = self.next();
        let what = What::Message {
            id: id.as_str().into(),
            parts,
            reply_to: reply_to.map(Into::into),
            thread: None,
            profile: None,
        };
        self.happens(chat, who, what);
        id
    }

    /// Something happens.
    pub fn happens(&self, chat: &str, who: &str, what: What) {
        let from = Author::them(who, UserInfo::named(who.to_uppercase()));
        self.tell(Incoming::new(chat, from, Timestamp::now(), what));
    }

    /// Something happens, exactly like this.
    pub fn tell(&self, incoming: Incoming) {
        let count = {
            let mut there = locked(&self.there);
            there.happened.push(incoming);
            there.happened.len()
        };
        self.news.send_replace(count);
    }

    /// Somebody edits a message.
    pub fn edits(&self, chat: &str, who: &str, id: &str, text: &str) {
        self.happens(chat, who, What::Edit { id: id.into(), parts: vec![Part::Text(Doc::text(text))] });
    }

    /// Somebody puts or takes a reaction.
    pub fn reacts(&self, chat: &str, who: &str, id: &str, emoji: &str, on: bool) {
        self.happens(chat, who, What::React { id: id.into(), emoji: Emoji::unicode(emoji), on });
    }

    /// A message is deleted; nobody says by whom.
    pub fn deletes(&self, chat: &str, id: &str) {
        let what = What::Delete { id: id.into() };
        self.tell(Incoming::new(chat, Author::Nobody, Timestamp::now(), what));
    }

    /// The next sends fail like this.
    pub fn fail(&self, faults: impl IntoIterator<Item = SendFault>) {
        locked(&self.there).faults.extend(faults);
    }

    /// Cuts texts into parts of so many characters from now on.
    pub fn cut_at(&self, characters: usize) {
        locked(&self.there).cut = Some(characters);
    }

    /// The messages that came from Matrix and were not deleted, in order.
    #[must_use]
    pub fn messages(&self) -> Vec<RemoteMessage> {
        locked(&self.there).messages.iter().filter(|message| !message.deleted).cloned().collect()
    }

    /// What those messages say.
    #[must_use]
    pub fn texts(&self) -> Vec<String> {
        self.messages().into_iter().map(|message| message.text).collect()
    }

    /// The bridge's reactions: message and emoji.
    #[must_use]
    pub fn reactions(&self) -> Vec<(String, String)> {
        locked(&self.there).reactions.clone()
    }

    /// Chats in which typing was shown or hidden, in order.
    #[must_use]
    pub fn typing(&self) -> Vec<(String, bool)> {
        locked(&self.there).typing.clone()
    }

    /// What people with the power to do so did to others, in order.
    #[must_use]
    pub fn orders(&self) -> Vec<Moderate> {
        locked(&self.there).orders.clone()
    }

    /// The looks that chats were given, in order.
    #[must_use]
    pub fn looks(&self) -> Vec<(String, ChatDelta)> {
        locked(&self.there).looks.clone()
    }

    /// What the bridge said for itself: chat and text.
    #[must_use]
    pub fn announced(&self) -> Vec<(String, String)> {
        locked(&self.there).announced.clone()
    }

    /// The bridge as the newest connection sees it: for commands given over there.
    #[must_use]
    pub fn remote(&self) -> Option<Remote> {
        locked(&self.there).remote.clone()
    }

    /// A chat looks like this from now on.
    pub fn chat_is(&self, chat: &str, info: ChatInfo) {
        locked(&self.there).chats.insert(chat.to_owned(), info);
    }

    /// What it was asked to pin (true) or not to, in order, by message.
    #[must_use]
    pub fn pins(&self) -> Vec<(String, bool)> {
        locked(&self.there).pins.clone()
    }

    /// How a poll stands in Matrix, as last told: answers with their votes, and whether it has ended.
    #[must_use]
    pub fn poll_state(&self, id: &str) -> Option<(Vec<(String, u64)>, bool)> {
        locked(&self.there).polls.get(id).cloned()
    }

    /// How often it was told how a poll stands.
    #[must_use]
    pub fn polled(&self) -> usize {
        locked(&self.there).polled
    }

    /// It tells what the bridge sends back to it from now on, as networks do.
    pub fn echo(&self) {
        locked(&self.there).echoes = true;
    }

    /// Its chats can do so much from now on.
    pub fn can(&self, features: Features) {
        locked(&self.there).features = Some(features);
    }

    /// How often it was asked to send, and to look up.
    #[must_use]
    pub fn asked(&self) -> (usize, usize) {
        let there = locked(&self.there);
        (there.sends, there.lookups)
    }

    fn next(&self) -> String {
        let mut there = locked(&self.there);
        there.counter += 1;
        format!("m{:04}", there.counter)
    }
}

impl Network for ScriptedNetwork {
    const INFO: NetworkInfo = NetworkInfo::new("net", "Net", "https://net.example");
    type Session = ScriptedSession;

    async fn connect(&self, remote: Remote) -> Result<ScriptedSession, ConnectError> {
        let feed = tokio::spawn(feed(self.clone(), remote.clone()));
        remote.connected();
        locked(&self.there).remote = Some(remote);
        Ok(ScriptedSession { network: self.clone(), feed })
    }
}

/// Tells the bridge what happens, from where it left off.
async fn feed(network: ScriptedNetwork, remote: Remote) {
    let mut news = network.news.subscribe();
    let mut position: usize = remote.get("position").await.ok().flatten().unwrap_or(0);
    loop {
        let happened: Vec<Incoming> = locked(&network.there).happened.iter().skip(position).cloned().collect();
        for incoming in happened {
            let batch = Batch::new().emit(incoming).put("position", &(position + 1));
            match remote.store(batch).await {
                Ok(()) => position += 1,
                Err(_) => break,
            }
        }
        if news.wait_for(|count| *count > position).await.is_err() {
            return;
        }
    }
}

/// A connection to the scripted network.
pub struct ScriptedSession {
    network: ScriptedNetwork,
    feed: tokio::task::JoinHandle<()>,
}

impl Drop for ScriptedSession {
    fn drop(&mut self) {
        self.feed.abort();
    }
}

impl ScriptedSession {
    fn deliver(&self, attempt: &Attempt) -> Sent {
        let id = self.network.next();
        let message = &attempt.message;
        locked(&self.network.there).messages.push(RemoteMessage {
            id: id.clone(),
            chat: message.chat.to_string(),
            key: attempt.key.to_string(),
            name: message.sender.name.clone(),
            text: attempt.payload.as_str().unwrap_or_default().to_owned(),
            reply_to: message.reply_to.as_ref().map(|known| known.id.to_string()),
            reactions: Vec::new(),
            deleted: false,
        });
        if locked(&self.network.there).echoes {
            let text = attempt.payload.as_str().unwrap_or_default();
            let echo =
                Incoming::message(message.chat.clone(), Author::Me, id.as_str(), vec![Part::Text(Doc::text(text))]);
            self.network.tell(echo);
        }
        Sent::new(id)
    }

    fn change<T>(&self, id: &str, change: impl FnOnce(&mut RemoteMessage) -> T) -> Result<T, SendError> {
        let mut there = locked(&self.network.there);
        let found = there.messages.iter_mut().find(|message| message.id == id);
        found.map(change).ok_or(SendError::Refused(Refusal::TargetUnknown))
    }
}

impl Session for ScriptedSession {
    fn features(&self, _: &ChatId) -> Features {
        locked(&self.network.there).features.unwrap_or_else(Features::all)
    }

    fn plan(&self, message: &Outgoing) -> Result<Vec<Value>, SendError> {
        let text = match message.parts.first() {
            Some(Part::Media { file, .. }) => format!("[{}]", file.name.as_deref().unwrap_or("file")),
            Some(Part::Poll(poll)) => format!("[poll: {}]", poll.question),
            Some(part) => part.doc().map(Doc::plain).unwrap_or_default(),
            None => String::new(),
        };
        let Some(cut) = locked(&self.network.there).cut else { return Ok(vec![json!(text)]) };
        let characters: Vec<char> = text.chars().collect();
        Ok(characters.chunks(cut).map(|part| json!(part.iter().collect::<String>())).collect())
    }

    async fn send(&self, attempt: &Attempt) -> Result<Sent, SendError> {
        let fault = {
            let mut there = locked(&self.network.there);
            there.sends += 1;
            there.faults.pop_front()
        };
        match fault {
            None => Ok(self.deliver(attempt)),
            Some(SendFault::Later(after)) => Err(SendError::later_in(after, "slow down")),
            Some(SendFault::CutAfterSend) => {
                self.deliver(attempt);
                Err(SendError::Unsure("cut".into()))
            }
            Some(SendFault::CutBeforeSend) => Err(SendError::Unsure("cut".into())),
            Some(SendFault::Refuse(why)) => Err(SendError::said(why)),
            Some(SendFault::ChatGone) => Err(SendError::ChatGone),
            Some(SendFault::SignedOut) => Err(SendError::SignedOut),
            Some(SendFault::Panic) => panic!("a fault the test asked for"),
        }
    }

    async fn lookup(&self, attempt: &Attempt) -> Result<Lookup, SendError> {
        let mut there = locked(&self.network.there);
        there.lookups += 1;
        let found = there.messages.iter().find(|message| message.key == attempt.key.as_str());
        Ok(found.map_or(Lookup::Absent, |message| Lookup::Found(Sent::new(&*message.id))))
    }

    async fn chat(&self, id: &ChatId) -> Result<ChatInfo, FetchError> {
        if let Some(info) = locked(&self.network.there).chats.get(id.as_str()) {
            return Ok(info.clone());
        }
        match id.as_str() {
            "missing" => Err(FetchError::Missing),
            "guild" => Ok(ChatInfo { kind: crate::network::ChatKind::Space, ..ChatInfo::named("Guild") }),
            id => Ok(ChatInfo {
                topic: Some("talk".into()),
                parent: Some("guild".into()),
                ..ChatInfo::named(format!("#{id}"))
            }),
        }
    }

    async fn user(&self, id: &RemoteUserId) -> Result<UserInfo, FetchError> {
        match id.as_str() {
            "missing" => Err(FetchError::Missing),
            id => Ok(UserInfo::named(id.to_uppercase())),
        }
    }

    async fn edit(&self, edit: &Edit) -> Result<Sent, SendError> {
        let text = edit.payload.as_str().unwrap_or_default().to_owned();
        self.change(edit.target.id.as_str(), |message| message.text = text)?;
        Ok(Sent { id: edit.target.id.clone(), note: None })
    }

    async fn delete(&self, part: &Known) -> Result<(), SendError> {
        // Messages of the network's own people can be deleted, too; the test sees that in their absence.
        let _ = self.change(part.id.as_str(), |message| message.deleted = true);
        Ok(())
    }

    async fn react(&self, reaction: &React) -> Result<(), SendError> {
        let entry = (reaction.target.id.to_string(), reaction.emoji.key.clone());
        let mut there = locked(&self.network.there);
        if !there.reactions.contains(&entry) {
            there.reactions.push(entry);
        }
        Ok(())
    }

    async fn unreact(&self, reaction: &React) -> Result<(), SendError> {
        let entry = (reaction.target.id.to_string(), reaction.emoji.key.clone());
        locked(&self.network.there).reactions.retain(|other| *other != entry);
        Ok(())
    }

    async fn pin(&self, target: &Known, on: bool) -> Result<(), SendError> {
        locked(&self.network.there).pins.push((target.id.to_string(), on));
        Ok(())
    }

    async fn moderate(&self, order: &Moderate) -> Result<(), SendError> {
        if order.user.as_str() == "owner" {
            return Err(SendError::said("the owner cannot be put out"));
        }
        locked(&self.network.there).orders.push(order.clone());
        Ok(())
    }

    async fn change(&self, chat: &ChatId, look: &ChatDelta) -> Result<(), SendError> {
        locked(&self.network.there).looks.push((chat.to_string(), look.clone()));
        Ok(())
    }

    async fn announce(&self, chat: &ChatId, text: &str) -> Result<(), SendError> {
        locked(&self.network.there).announced.push((chat.to_string(), text.to_owned()));
        Ok(())
    }

    async fn poll(&self, state: &PollState) -> Result<(), SendError> {
        let mut there = locked(&self.network.there);
        there.polled += 1;
        there.polls.insert(state.target.id.to_string(), (state.counts.clone(), state.ended));
        Ok(())
    }

    async fn typing(&self, chat: &ChatId, on: bool) -> Result<(), SendError> {
        locked(&self.network.there).typing.push((chat.to_string(), on));
        Ok(())
    }

    async fn fetch(&self, media: &MediaRef) -> Result<MediaStream, FetchError> {
        match &media.source {
            crate::network::MediaSource::Remote(at) if !at.contains("missing") => {
                Ok(MediaStream::from_bytes(format!("bytes of {at}"), Some("image/png".into())))
            }
            _ => Err(FetchError::Missing),
        }
    }

    async fn chats(&self) -> Result<Vec<(ChatId, ChatInfo)>, FetchError> {
        Ok(vec![("c".into(), ChatInfo::named("general"))])
    }
}
