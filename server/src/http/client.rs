//! The client-server API: one file an endpoint or a small family of them, named as in ruma.

pub mod capabilities;
pub mod login;
pub mod logout;
pub mod refresh_token;
pub mod register;
pub mod register_available;
pub mod versions;
pub mod well_known;
pub mod whoami;

#[cfg(test)]
#[path = "client/accounts_tests.rs"]
mod accounts_tests;
pub mod ban_user;
pub mod create_alias;
pub mod create_room;
pub mod delete_alias;
pub mod forget_room;
pub mod get_alias;
pub mod get_public_rooms;
pub mod invite_user;
pub mod join_room;
pub mod joined_rooms;
pub mod kick_user;
pub mod knock_room;
pub mod leave_room;
pub mod redact_event;
pub mod room_visibility;
pub mod send_message_event;
pub mod send_state_event;
pub mod unban_user;

#[cfg(test)]
#[path = "client/rooms_tests.rs"]
mod rooms_tests;
