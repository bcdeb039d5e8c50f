//! Asks Telegram for updates, again and again: `getUpdates` with the number after the last one that was stored.
//!
//! That number confirms everything before it, and so it is only ever one that stands in the bridge's database.
//! <https://core.telegram.org/bots/api#getupdates>

use std::sync::Arc;
use std::time::Duration;

use appservice_sdk::prelude::{Remote, StoreError, Timestamp};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::feed::{Feed, POSITION, Position, Wait};
use crate::login::SIGNED_OUT;
use crate::rest::{Reason, RestError};
use crate::shared::Shared;
use crate::wire::ALLOWED;

/// Most updates of one answer.
const LIMIT: u32 = 100;
/// A position older than this is not asked for any more: after a week of silence Telegram's numbers begin elsewhere.
const STALE: i64 = 6 * 24 * 60 * 60 * 1000;
/// Failures one after the other until the bridge says that it is not connected.
const PATIENCE: u32 = 4;
/// Why a second program with the same token is fatal.
const CONFLICT: &str = "another program asks Telegram for this bot's messages: stop it, or give this bridge a bot of its own \
     (@BotFather, /newbot) in bridges.telegram.token";

/// Reads until the connection is lost for good.
pub(crate) async fn run(shared: Arc<Shared>, mut feed: Feed, longest: Duration) {
    let mut wait = Wait::default();
    let (mut failures, mut told) = (0, false);
    loop {
        let asked = ask(&shared, &feed).await;
        let error = match asked {
            Ok(updates) => {
                if failures > 0 || !told {
                    shared.remote.connected();
                }
                (failures, told, wait) = (0, true, Wait::default());
                if !updates.is_empty() {
                    feed.take(&updates).await;
                }
                feed.settle(Instant::now()).await;
                continue;
            }
            Err(error) => error,
        };
        failures += 1;
        if let Some(reason) = fatal(&error, failures) {
            tracing::warn!(reason, "the bridge hears nothing more of Telegram");
            shared.remote.disconnected(reason);
            return;
        }
        let pause = match error {
            RestError::Limited { after } => after,
            _ => wait.next().min(longest),
        };
        tracing::warn!(%error, wait_ms = pause.as_millis(), "Telegram gave no updates");
        // An album waits for nobody.
        feed.settle(Instant::now()).await;
        sleep(pause).await;
    }
}

async fn ask(shared: &Shared, feed: &Feed) -> Result<Vec<Value>, RestError> {
    // While an album comes in, silence has to be noticed.
    let seconds = if feed.is_waiting() { 1 } else { shared.config.poll_seconds };
    let body = json!({
        "offset": position(&shared.remote).await.map_err(|error| RestError::Unreached(error.to_string()))?,
        "limit": LIMIT,
        "timeout": seconds,
        "allowed_updates": ALLOWED,
    });
    shared.rest.updates(&body, Duration::from_secs(seconds)).await
}

/// The first update that is not stored yet.
async fn position(remote: &Remote) -> Result<Option<i64>, StoreError> {
    let stored = remote.get::<Position>(POSITION).await?;
    Ok(stored.filter(|position| Timestamp::now().0 - position.at < STALE).map(|position| position.offset))
}

/// Why going on is of no use; `None` if it may be.
fn fatal(error: &RestError, failures: u32) -> Option<String> {
    match error {
        RestError::SignedOut => Some(SIGNED_OUT.to_owned()),
        _ if error.is(Reason::Conflict) => Some(CONFLICT.to_owned()),
        RestError::Refused { .. } if failures >= PATIENCE => Some(error.to_string()),
        RestError::Unreached(_) | RestError::Unsure(_) if failures >= PATIENCE => Some(error.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_reader_and_a_wrong_token_end_it_at_once() {
        let refused = |code, said: &str| RestError::Refused { code, said: said.to_owned() };
        let conflict = refused(409, "Conflict: terminated by other getUpdates request");
        assert_eq!(fatal(&conflict, 1).as_deref(), Some(CONFLICT));
        assert_eq!(fatal(&RestError::SignedOut, 1).as_deref(), Some(SIGNED_OUT));
        let lost = || RestError::Unsure("status 502".into());
        assert_eq!(fatal(&lost(), 1), None);
        assert!(fatal(&lost(), PATIENCE).is_some());
        assert_eq!(fatal(&RestError::Limited { after: Duration::from_secs(1) }, 99), None);
    }
}
