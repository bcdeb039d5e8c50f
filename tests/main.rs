//! The stories: each file is one, told with the real program, real sockets and a simulated network.
//!
//! They run on SQLite in a temporary folder, or on PostgreSQL where `CAUSEWAY_TEST_DATABASE` names a server; the story
//! [`the_same_on_postgresql`] runs all the others there as well when a PostgreSQL is installed.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a story that cannot go on has failed")]

mod a_bridge_is_killed;
mod a_bridge_to_slack_or_telegram_is_killed;
mod a_message_crosses_slack;
mod a_message_crosses_telegram;
mod a_message_reaches_discord;
mod a_million_messages_cross;
mod a_reply_comes_back;
mod a_webhook_is_posted;
mod an_alert_is_answered;
mod first_start;
mod one_room_two_networks;
mod postgresql;
mod senders_no_one_here_wrote;
mod the_map_is_true;
mod the_same_on_postgresql;
mod town;
