//! The client-server API: one file an endpoint or a small family of them, named as in ruma.

pub mod account_data;
pub mod aliases;
pub mod ban_user;
pub mod capabilities;
pub mod change_password;
pub mod create_alias;
pub mod create_room;
pub mod create_typing_event;
pub mod deactivate;
pub mod delete_alias;
pub mod devices;
pub mod filter;
pub mod forget_room;
pub mod get_3pids;
pub mod get_alias;
pub mod get_context;
pub mod get_hierarchy;
pub mod get_member_events;
pub mod get_message_events;
pub mod get_notifications;
pub mod get_public_rooms;
pub mod get_room_event;
pub mod get_state_events;
pub mod get_threads;
pub mod get_turn_server_info;
pub mod invite_user;
pub mod join_room;
pub mod joined_rooms;
pub mod key_backup;
pub mod key_backup_keys;
pub mod keys_query;
pub mod keys_signing;
pub mod keys_upload;
pub mod kick_user;
pub mod knock_room;
pub mod leave_room;
pub mod login;
pub mod logout;
pub mod profile;
pub mod push_rules;
pub mod pushers;
pub mod receipts;
pub mod redact_event;
pub mod refresh_token;
pub mod register;
pub mod register_available;
pub mod relations;
pub mod request_openid_token;
pub mod room_visibility;
pub mod search_events;
pub mod search_users;
pub mod send_message_event;
pub mod send_state_event;
pub mod send_to_device;
pub mod sync_events;
pub mod tags;
pub mod unban_user;
pub mod upgrade_room;
pub mod versions;
pub mod well_known;
pub mod whoami;

#[cfg(test)]
#[path = "client/accounts_tests.rs"]
mod accounts_tests;
#[cfg(test)]
#[path = "client/keys_tests.rs"]
mod keys_tests;
#[cfg(test)]
#[path = "client/reading_tests.rs"]
mod reading_tests;
#[cfg(test)]
#[path = "client/rooms_tests.rs"]
mod rooms_tests;
#[cfg(test)]
#[path = "client/settings_tests.rs"]
mod settings_tests;
