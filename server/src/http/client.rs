//! The client-server API: one file an endpoint or a small family of them, named as in ruma.

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
pub mod versions;
