//! Heartbeats: what should be heard from regularly, and an alert in the room when it is not. Pings come as they do at
//! healthchecks (success, start, fail, log, exit codes), or as any message to a hook that only beats (Alertmanager's
//! Watchdog). What a ping or a passed deadline means is decided in [`check`].

pub mod check;

use appservice_sdk::prelude::*;

pub use self::check::{Check, Ping, Schedule};
use self::check::{News, Tell};
use crate::{
    desk::{Desk, Work},
    dialect::Refusal,
    hooks::Hook,
    ids, say,
    say::Saying,
    urgent::{self, Urgent},
    when::span,
};

/// Most of a ping's body that is shown.
const SHOWN: usize = 2000;

fn key(hook: &str, slug: &str) -> String {
    format!("check/{hook}/{slug}")
}

fn timer(hook: &str, slug: &str) -> String {
    format!("beat/{hook}/{slug}")
}

/// A check of a hook by its name; the empty name is the hook's own.
///
/// # Errors
/// The database failed.
pub async fn find(desk: &Desk, hook: &Hook, slug: &str) -> Result<Option<Check>, StoreError> {
    desk.get(&key(&hook.id, slug)).await
}

/// The checks of a hook.
///
/// # Errors
/// The database failed.
pub async fn all(desk: &Desk, hook: &Hook) -> Result<Vec<Check>, StoreError> {
    Ok(desk.get_all(&format!("check/{}/", hook.id)).await?.into_iter().map(|(_, check)| check).collect())
}

/// Makes a check or gives one another schedule.
///
/// # Errors
/// The database failed.
pub async fn set(desk: &Desk, hook: &Hook, check: &Check) -> Result<(), StoreError> {
    let _turn = desk.turn(&hook.room).await;
    let mut work = Work::default();
    keep(&mut work, hook, check);
    desk.commit(work).await
}

/// Takes a check away.
///
/// # Errors
/// The database failed.
pub async fn delete(desk: &Desk, hook: &Hook, slug: &str) -> Result<(), StoreError> {
    let mut work = Work::default();
    work.forget(key(&hook.id, slug));
    work.never(timer(&hook.id, slug));
    desk.commit(work).await
}

fn keep(work: &mut Work, hook: &Hook, check: &Check) {
    work.put(key(&hook.id, &check.slug), check);
    match check.due {
        Some(due) => work.at(timer(&hook.id, &check.slug), due),
        None => work.never(timer(&hook.id, &check.slug)),
    }
}

/// A ping. A check that does not exist is made with healthchecks' own schedule: a day, and an hour of grace.
///
/// # Errors
/// Why it was not taken.
pub async fn ping(desk: &Desk, hook: &Hook, slug: &str, ping: Ping, body: &str) -> Result<(), Refusal> {
    if !desk.is_linked(&hook.chat()) {
        return Err(Refusal::RoomGone);
    }
    let _turn = desk.turn(&hook.room).await;
    let now = Timestamp::now().0;
    let known = find(desk, hook, slug).await.map_err(not_now)?;
    let mut check = known.unwrap_or_else(|| Check::new(slug, &hook.name));
    let news = check.ping(ping, now);
    let mut work = Work::default();
    if let Some(news) = news {
        tell(desk, &mut work, hook, (&check, news, body), now).await.map_err(not_now)?;
    }
    keep(&mut work, hook, &check);
    desk.commit(work).await.map_err(not_now)
}

fn not_now(error: StoreError) -> Refusal {
    tracing::error!(error = %error, "A ping could not be stored.");
    Refusal::NotNow
}

/// The deadline of a check (`HOOK/SLUG`) has come.
///
/// # Errors
/// The database failed; it comes again.
pub async fn fire(desk: &Desk, name: &str, now: i64) -> Result<(), StoreError> {
    let (id, slug) = name.split_once('/').unwrap_or((name, ""));
    let hook = Hook::by_id(id, desk).await?;
    let Some(hook) = hook.filter(|hook| desk.is_linked(&hook.chat())) else {
        let mut work = Work::default();
        work.never(timer(id, slug));
        return desk.commit(work).await;
    };
    let _turn = desk.turn(&hook.room).await;
    let mut work = Work::default();
    match find(desk, &hook, slug).await? {
        None => work.never(timer(id, slug)),
        Some(mut check) => {
            let news = check.tick(now);
            if let Some(news) = news {
                tell(desk, &mut work, &hook, (&check, news, ""), now).await?;
            }
            keep(&mut work, &hook, &check);
        }
    }
    desk.commit(work).await
}

/// Nobody could be heard while the bridge was away: every deadline moves by that time, and the alert will say so.
///
/// # Errors
/// The database failed.
pub async fn extend(desk: &Desk, work: &mut Work, away: i64) -> Result<(), StoreError> {
    for (key, mut check) in desk.get_all::<Check>("check/").await? {
        check.extend(away);
        work.put(key, &check);
    }
    Ok(())
}

/// Says in the room what is new about a check.
async fn tell(
    desk: &Desk,
    work: &mut Work,
    hook: &Hook,
    (check, news, body): (&Check, News, &str),
    now: i64,
) -> Result<(), StoreError> {
    let Tell { text, level } = check.tell(news, now);
    let id = ids::new(Timestamp(now));
    let mut doc = Doc::paragraph(Inline::lines(&text));
    if check.extended > 0 && news == News::Missing {
        let away = span(check.extended);
        let note = format!("I was away myself for {away} and gave it that much longer.");
        doc = doc.with(Block::Paragraph(vec![Inline::Small(Inline::lines(&note))]));
    }
    if !body.trim().is_empty() {
        let body: String = body.chars().take(SHOWN).collect();
        doc = doc.with(Block::Quote(vec![Block::Paragraph(Inline::lines(body.trim()))]));
    }
    let parts = vec![Part::Text(doc)];
    let mut saying = Saying::new(&hook.room, hook.author(), &id, parts, level);
    saying.calls = say::on_call(desk, &hook.room, level).await?;
    if level >= 4 {
        crate::fallback::begin(desk, work, hook, (&id, level), (&text, now));
    }
    if level >= 5 {
        let (room, hook, author) = (hook.room.clone(), hook.id.clone(), saying.author.clone());
        urgent::begin(work, &id, &Urgent { room, hook, author, excerpt: text, since: now, repeats: 0 });
    }
    work.emit(saying.event(Timestamp(now)));
    Ok(())
}
