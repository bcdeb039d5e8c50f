//! Polls that both sides know, and the votes of people in Matrix: a network sees how many chose what.

use sea_orm::FromQueryResult;

use super::{Sql, Store};
use crate::network::{Poll, StoreError};

/// A poll.
#[derive(Clone, Debug, Default, PartialEq, Eq, FromQueryResult)]
pub(crate) struct PollRow {
    pub(crate) chat: String,
    pub(crate) id: String,
    pub(crate) event_id: String,
    /// Who asked: remote user id, or Matrix user id.
    pub(crate) author: String,
    /// JSON of [`Poll`].
    pub(crate) poll: String,
    pub(crate) ended: i64,
    /// How often the network was told how it stands.
    pub(crate) told: i64,
}

impl PollRow {
    /// What is asked.
    pub(crate) fn asked(&self) -> Option<Poll> {
        serde_json::from_str(&self.poll).ok()
    }
}

#[derive(FromQueryResult)]
struct Vote {
    answers: String,
}

/// A poll is known to both sides.
pub(crate) fn save(row: &PollRow) -> Sql {
    Sql::new(
        "INSERT INTO poll (chat, id, event_id, author, poll, ended, told) VALUES ($1, $2, $3, $4, $5, 0, 0) \
         ON CONFLICT (chat, id) DO UPDATE SET event_id = excluded.event_id, poll = excluded.poll",
        vec![
            row.chat.as_str().into(),
            row.id.as_str().into(),
            row.event_id.as_str().into(),
            row.author.as_str().into(),
            row.poll.as_str().into(),
        ],
    )
}

/// Somebody in Matrix chose; an older choice never replaces a newer one.
pub(crate) fn vote(poll: &PollRow, sender: &str, answers: &[String], at: i64) -> Sql {
    let answers = serde_json::to_string(answers).unwrap_or_default();
    Sql::new(
        "INSERT INTO vote (chat, id, sender, answers, sent_at) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (chat, id, sender) DO UPDATE SET answers = excluded.answers, sent_at = excluded.sent_at \
         WHERE vote.sent_at <= excluded.sent_at",
        vec![poll.chat.as_str().into(), poll.id.as_str().into(), sender.into(), answers.into(), at.into()],
    )
}

/// No more votes are taken.
pub(crate) fn ended(chat: &str, id: &str) -> Sql {
    Sql::new("UPDATE poll SET ended = 1 WHERE chat = $1 AND id = $2", vec![chat.into(), id.into()])
}

/// An item that tells the network how a poll stands, unless one waits that did not begin yet.
pub(crate) fn tell(poll: &PollRow, lane: &str, body: &str, now: i64) -> Sql {
    let key = format!("poll:{}:{}:", poll.chat, poll.id);
    Sql::new(
        "INSERT INTO inbox (lane, dedupe, body, received_at) \
         SELECT $1, $2 || CAST(told AS TEXT), $3, CAST($4 AS BIGINT) FROM poll WHERE chat = $5 AND id = $6 \
         ON CONFLICT (dedupe) DO NOTHING",
        vec![lane.into(), key.into(), body.into(), now.into(), poll.chat.as_str().into(), poll.id.as_str().into()],
    )
}

/// What is counted from now on is told anew.
pub(crate) fn telling(chat: &str, id: &str) -> Sql {
    Sql::new("UPDATE poll SET told = told + 1 WHERE chat = $1 AND id = $2", vec![chat.into(), id.into()])
}

impl Store {
    /// One poll.
    pub(crate) async fn poll(&self, chat: &str, id: &str) -> Result<Option<PollRow>, StoreError> {
        let query = Sql::new("SELECT * FROM poll WHERE chat = $1 AND id = $2", vec![chat.into(), id.into()]);
        self.row("reading a poll", query).await
    }

    /// The poll behind an event.
    pub(crate) async fn poll_of(&self, event_id: &str) -> Result<Option<PollRow>, StoreError> {
        self.row("reading a poll", Sql::new("SELECT * FROM poll WHERE event_id = $1", vec![event_id.into()])).await
    }

    /// What each person in Matrix chose.
    pub(crate) async fn votes(&self, chat: &str, id: &str) -> Result<Vec<Vec<String>>, StoreError> {
        let query = Sql::new("SELECT answers FROM vote WHERE chat = $1 AND id = $2", vec![chat.into(), id.into()]);
        let votes = self.rows::<Vote>("counting votes", query).await?;
        Ok(votes.iter().filter_map(|vote| serde_json::from_str(&vote.answers).ok()).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::tests::fresh;

    #[tokio::test]
    async fn the_newest_vote_of_each_counts_and_one_telling_waits() {
        let (store, _folder) = fresh().await;
        let poll = PollRow { chat: "c".into(), id: "1".into(), event_id: "$p".into(), ..PollRow::default() };
        let chose = |who: &str, answer: &str, at: i64| vote(&poll, who, &[answer.to_owned()], at);
        let tell = || tell(&poll, ">c", "{}", 1);
        store.commit("testing", vec![save(&poll), chose("@a", "x", 2), tell(), chose("@b", "y", 1)]).await.unwrap();
        store.commit("testing", vec![chose("@a", "old", 1), tell()]).await.unwrap();
        let mut votes = store.votes("c", "1").await.unwrap();
        votes.sort();
        assert_eq!(votes, [["x"], ["y"]]);
        assert_eq!(store.head(">c", 9).await.unwrap().len(), 1);
        store.commit("testing", vec![telling("c", "1"), tell(), ended("c", "1")]).await.unwrap();
        assert_eq!(store.head(">c", 9).await.unwrap().len(), 2);
        assert_eq!(store.poll_of("$p").await.unwrap().map(|row| (row.told, row.ended)), Some((1, 1)));
    }
}
