//! The live connection, as its author writes it, and the boxed form the engine holds.

use std::{future::Future, pin::Pin};

use serde_json::Value;

use super::{
    Answer, Asked, Attempt, ChatDelta, ChatId, ChatInfo, Edit, Features, FetchError, Known, Lookup, MediaRef,
    MediaStream, Moderate, Outgoing, PollState, React, RemoteUserId, SendError, Sent, UserInfo,
};

/// One connected account. Dropping it disconnects.
///
/// Write the methods as `async fn`. Calls for one chat come one after the other; calls for different chats come at the
/// same time. Every call may be repeated after a crash: `edit`, `delete`, `react` and `unreact` must therefore treat
/// «already so» as success, and `send` gets the same [`Attempt::key`] again, after [`Session::lookup`] was asked.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a session",
    note = "a session has `features`, `send`, `chat` and `user`; the rest has defaults"
)]
pub trait Session: Send + Sync + 'static {
    /// What this chat can do. Cheap; asked before each event.
    fn features(&self, chat: &ChatId) -> Features;

    /// Cuts a message into the calls it takes, each a payload of the session's own making. Pure: the same message always
    /// gives the same plan. The parts are then sent one by one, each journaled, so a crash between two loses nothing.
    /// An edited message is planned anew and compared part by part.
    ///
    /// # Errors
    /// `Refused` for what can never be sent.
    fn plan(&self, message: &Outgoing) -> Result<Vec<Value>, SendError> {
        let _ = message;
        Ok(vec![Value::Null])
    }

    /// Sends one part.
    fn send(&self, attempt: &Attempt) -> impl Future<Output = Result<Sent, SendError>> + Send;

    /// How a chat looks now. Also says whether it exists, when somebody asks to link it.
    fn chat(&self, id: &ChatId) -> impl Future<Output = Result<ChatInfo, FetchError>> + Send;

    /// How somebody looks now.
    fn user(&self, id: &RemoteUserId) -> impl Future<Output = Result<UserInfo, FetchError>> + Send;

    /// Did an attempt arrive whose answer was lost? Asked after a crash and after `Unsure`, before it is repeated.
    fn lookup(&self, attempt: &Attempt) -> impl Future<Output = Result<Lookup, SendError>> + Send {
        let _ = attempt;
        async { Ok(Lookup::Unknown) }
    }

    /// Changes one part. The answer carries what [`Sent`] would (usually the same id).
    fn edit(&self, edit: &Edit) -> impl Future<Output = Result<Sent, SendError>> + Send {
        let _ = edit;
        async { Err(SendError::unsupported("editing")) }
    }

    /// Deletes one part. «Already gone» is success.
    fn delete(&self, part: &Known) -> impl Future<Output = Result<(), SendError>> + Send {
        let _ = part;
        async { Err(SendError::unsupported("deleting")) }
    }

    /// Puts the bridge's reaction: called when the first person in Matrix reacts so.
    fn react(&self, reaction: &React) -> impl Future<Output = Result<(), SendError>> + Send {
        let _ = reaction;
        async { Err(SendError::unsupported("reacting")) }
    }

    /// Takes it away: called when the last person in Matrix took theirs away.
    fn unreact(&self, reaction: &React) -> impl Future<Output = Result<(), SendError>> + Send {
        let _ = reaction;
        async { Err(SendError::unsupported("reacting")) }
    }

    /// Pins a message or takes the pin away. «Already so» is success.
    fn pin(&self, target: &Known, on: bool) -> impl Future<Output = Result<(), SendError>> + Send {
        let _ = (target, on);
        async { Err(SendError::unsupported("pinning")) }
    }

    /// The votes in Matrix changed, or a poll ended there. May be called again with the same state.
    fn poll(&self, state: &PollState) -> impl Future<Output = Result<(), SendError>> + Send {
        let _ = state;
        async { Ok(()) }
    }

    /// Somebody with the power to do so kicked, banned, unbanned or invited a ghost in Matrix. «Already so» is success.
    fn moderate(&self, order: &Moderate) -> impl Future<Output = Result<(), SendError>> + Send {
        let _ = order;
        async { Err(SendError::unsupported("moderating")) }
    }

    /// Somebody changed name, topic or picture of the room, and the configuration says that the chat follows.
    fn change(&self, chat: &ChatId, look: &ChatDelta) -> impl Future<Output = Result<(), SendError>> + Send {
        let _ = (chat, look);
        async { Err(SendError::unsupported("changing a chat's look")) }
    }

    /// Says something in the chat for the bridge itself, not for anybody in Matrix. Its echo is [`super::Author::Me`].
    fn announce(&self, chat: &ChatId, text: &str) -> impl Future<Output = Result<(), SendError>> + Send {
        let _ = (chat, text);
        async { Err(SendError::unsupported("speaking for itself")) }
    }

    /// Somebody in Matrix types (or nobody does any more). Lossy: errors are ignored.
    fn typing(&self, chat: &ChatId, on: bool) -> impl Future<Output = Result<(), SendError>> + Send {
        let _ = (chat, on);
        async { Ok(()) }
    }

    /// Reads a file of the network ([`super::MediaSource::Remote`]). Custom emoji in texts are asked for as `emoji:` and
    /// their id; `Missing` leaves their names.
    fn fetch(&self, media: &MediaRef) -> impl Future<Output = Result<MediaStream, FetchError>> + Send {
        let _ = media;
        async { Err(FetchError::Missing) }
    }

    /// The chats this account sees, for the command `list`.
    fn chats(&self) -> impl Future<Output = Result<Vec<(ChatId, ChatInfo)>, FetchError>> + Send {
        async { Ok(Vec::new()) }
    }

    /// Commands of the network's own, each with its line of help: `("hooks", "show the hooks of this room")`. Written
    /// after `!network` like the bridge's own, which they may replace.
    fn commands(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    /// Does what somebody in Matrix asked for with one of [`Session::commands`]. May be called again with the same
    /// [`Asked::event_id`] after a crash.
    fn command(&self, asked: &Asked) -> impl Future<Output = Answer> + Send {
        let _ = asked;
        async { Answer::default() }
    }

    /// Called once when a chat is linked to a room (`on`) or no longer is.
    fn linked(&self, chat: &ChatId, on: bool) -> impl Future<Output = ()> + Send {
        let _ = (chat, on);
        async {}
    }
}

type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

macro_rules! dyn_session {
    ($($method:ident($($arg:ident: $ty:ty),*) -> $out:ty;)*) => {
        /// [`Session`] with boxed futures: what the engine holds, so that it is compiled once for all networks.
        pub trait DynSession: Send + Sync + 'static {
            #[doc = "See [`Session::features`]."]
            fn features(&self, chat: &ChatId) -> Features;
            #[doc = "See [`Session::plan`]."]
            fn plan(&self, message: &Outgoing) -> Result<Vec<Value>, SendError>;
            #[doc = "See [`Session::commands`]."]
            fn commands(&self) -> &'static [(&'static str, &'static str)];
            $(
                #[doc = concat!("See [`Session::", stringify!($method), "`].")]
                fn $method<'a>(&'a self $(, $arg: $ty)*) -> Boxed<'a, $out>;
            )*
        }

        impl<S: Session> DynSession for S {
            fn features(&self, chat: &ChatId) -> Features {
                Session::features(self, chat)
            }
            fn plan(&self, message: &Outgoing) -> Result<Vec<Value>, SendError> {
                Session::plan(self, message)
            }
            fn commands(&self) -> &'static [(&'static str, &'static str)] {
                Session::commands(self)
            }
            $(
                fn $method<'a>(&'a self $(, $arg: $ty)*) -> Boxed<'a, $out> {
                    Box::pin(Session::$method(self $(, $arg)*))
                }
            )*
        }
    };
}

dyn_session! {
    send(attempt: &'a Attempt) -> Result<Sent, SendError>;
    lookup(attempt: &'a Attempt) -> Result<Lookup, SendError>;
    edit(edit: &'a Edit) -> Result<Sent, SendError>;
    delete(part: &'a Known) -> Result<(), SendError>;
    react(reaction: &'a React) -> Result<(), SendError>;
    unreact(reaction: &'a React) -> Result<(), SendError>;
    pin(target: &'a Known, on: bool) -> Result<(), SendError>;
    poll(state: &'a PollState) -> Result<(), SendError>;
    moderate(order: &'a Moderate) -> Result<(), SendError>;
    change(chat: &'a ChatId, look: &'a ChatDelta) -> Result<(), SendError>;
    announce(chat: &'a ChatId, text: &'a str) -> Result<(), SendError>;
    typing(chat: &'a ChatId, on: bool) -> Result<(), SendError>;
    chat(id: &'a ChatId) -> Result<ChatInfo, FetchError>;
    user(id: &'a RemoteUserId) -> Result<UserInfo, FetchError>;
    fetch(media: &'a MediaRef) -> Result<MediaStream, FetchError>;
    chats() -> Result<Vec<(ChatId, ChatInfo)>, FetchError>;
    linked(chat: &'a ChatId, on: bool) -> ();
    command(asked: &'a Asked) -> Answer;
}
