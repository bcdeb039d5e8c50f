//! The whole HTTP surface on one page: a line an endpoint.

use actix_web::http::Method;

use super::{admin, appservice, client, gateway, limits::Limit, operator, router::Routes};

/// Everything this server answers. What is not here is 404 `M_UNRECOGNIZED`.
pub fn routes() -> Routes {
    let routes = Routes::default();
    let routes = discovery(routes);
    let routes = accounts(routes);
    let routes = devices(routes);
    let routes = settings(routes);
    let routes = push(routes);
    let routes = keys(routes);
    let routes = rooms(routes);
    let routes = reading(routes);
    let routes = files(routes);
    let routes = application_services(routes);
    let routes = operator(routes);
    bundled_bridges(routes)
}

/// What a client asks before anything else.
fn discovery(routes: Routes) -> Routes {
    routes.serve(client::versions::get).serve(client::well_known::client).serve(client::capabilities::get)
}

/// Signing up, in and out.
fn accounts(routes: Routes) -> Routes {
    routes
        .serve(client::login::types)
        .plain_limited(Limit::Login, Method::POST, "/_matrix/client/v3/login", client::login::login)
        .plain_limited(Limit::Login, Method::POST, "/_matrix/client/r0/login", client::login::login)
        .limited(Limit::Login, client::refresh_token::refresh)
        .serve(client::logout::logout)
        .serve(client::logout::logout_all)
        .serve(client::whoami::whoami)
        .interactive_raw(Limit::Register, client::register::register)
        .limited(Limit::Register, client::register_available::name)
        .limited(Limit::Register, client::register_available::token)
        .plain_limited(Limit::Register, Method::GET, "/_synapse/admin/v1/register", admin::register::nonce)
        .plain_limited(Limit::Register, Method::POST, "/_synapse/admin/v1/register", admin::register::post)
        .interactive(Limit::Login, client::change_password::post)
        .interactive(Limit::Login, client::deactivate::post)
        .serve(client::get_3pids::get)
        .limited(Limit::Other, client::request_openid_token::post)
        .plain(Method::GET, "/_matrix/federation/v1/openid/userinfo", client::request_openid_token::userinfo)
}

/// The devices of a user.
fn devices(routes: Routes) -> Routes {
    routes
        .serve(client::devices::list)
        .serve(client::devices::get)
        .raw(client::devices::put)
        .interactive(Limit::Login, client::devices::delete)
        .interactive(Limit::Login, client::devices::delete_many)
}

/// What users say of themselves, and what their clients keep for them.
fn settings(routes: Routes) -> Routes {
    routes
        .raw(client::profile::get)
        .raw(client::profile::get_field)
        .limited(Limit::Other, client::profile::set)
        .limited(Limit::Other, client::profile::delete)
        .serve(client::filter::create)
        .raw(client::filter::get)
        .raw(client::account_data::get_global)
        .raw(client::account_data::get_room)
        .serve(client::account_data::set_global)
        .serve(client::account_data::set_room)
        .raw(client::tags::get)
        .serve(client::tags::put)
        .serve(client::tags::delete)
        .limited(Limit::Other, client::search_users::post)
        .raw(client::get_turn_server_info::get)
}

/// End-to-end encryption.
fn keys(routes: Routes) -> Routes {
    routes
        .raw(client::keys_upload::post)
        .raw(client::keys_query::query)
        .raw(client::keys_query::claim)
        .serve(client::keys_query::changes)
        .interactive(Limit::Login, client::keys_signing::upload)
        .raw(client::keys_signing::signatures)
        .serve(client::send_to_device::put)
        .serve(client::key_backup::create)
        .raw(client::key_backup::latest)
        .raw(client::key_backup::get)
        .serve(client::key_backup::update)
        .serve(client::key_backup::delete)
        .raw(client::key_backup_keys::put_all)
        .raw(client::key_backup_keys::put_room)
        .raw(client::key_backup_keys::put_session)
        .raw(client::key_backup_keys::get_all)
        .raw(client::key_backup_keys::get_room)
        .raw(client::key_backup_keys::get_session)
        .raw(client::key_backup_keys::delete_all)
        .raw(client::key_backup_keys::delete_room)
        .raw(client::key_backup_keys::delete_session)
}

/// What rings, and where.
fn push(routes: Routes) -> Routes {
    routes
        .raw(client::pushers::get)
        .limited(Limit::Other, client::pushers::set)
        .serve(client::push_rules::all)
        .serve(client::push_rules::global)
        .serve(client::push_rules::get)
        .serve(client::push_rules::enabled)
        .serve(client::push_rules::actions)
        .limited(Limit::Other, client::push_rules::set)
        .serve(client::push_rules::set_enabled)
        .serve(client::push_rules::set_actions)
        .serve(client::push_rules::delete)
}

/// Rooms: making them, coming and going, speaking.
fn rooms(routes: Routes) -> Routes {
    routes
        .limited(Limit::Join, client::create_room::post)
        .limited(Limit::Join, client::join_room::by_id)
        .limited(Limit::Join, client::join_room::by_id_or_alias)
        .limited(Limit::Join, client::knock_room::post)
        .limited(Limit::Invite, client::invite_user::post)
        .serve(client::leave_room::post)
        .serve(client::forget_room::post)
        .serve(client::kick_user::post)
        .serve(client::ban_user::post)
        .serve(client::unban_user::post)
        .serve(client::joined_rooms::get)
        .limited(Limit::Message, client::send_message_event::put)
        .limited(Limit::Message, client::send_state_event::put)
        .limited(Limit::Message, client::redact_event::put)
        .serve(client::get_alias::get)
        .serve(client::create_alias::put)
        .serve(client::delete_alias::delete)
        .serve(client::get_public_rooms::get)
        .serve(client::get_public_rooms::post)
        .serve(client::room_visibility::get)
        .serve(client::room_visibility::put)
        .raw(client::get_hierarchy::get)
        .limited(Limit::Join, client::upgrade_room::post)
}

/// Looking and reading.
fn reading(mut routes: Routes) -> Routes {
    for path in ["/_matrix/client/v3/rooms/{room}/typing/{user}", "/_matrix/client/r0/rooms/{room}/typing/{user}"] {
        routes = routes.plain(Method::PUT, path, client::create_typing_event::put);
    }
    routes
        .raw(client::sync_events::get)
        .raw(client::get_message_events::get)
        .raw(client::get_context::get)
        .raw(client::get_room_event::get)
        .serve(client::get_room_event::by_timestamp)
        .raw(client::get_state_events::all)
        .raw(client::get_state_events::one)
        .raw(client::get_member_events::get)
        .raw(client::get_member_events::joined)
        .raw(client::relations::all)
        .raw(client::relations::of_type)
        .raw(client::relations::of_types)
        .raw(client::get_threads::get)
        .serve(client::receipts::post)
        .serve(client::receipts::markers)
        .serve(client::aliases::get)
        .raw(client::get_notifications::get)
        .raw(client::search_events::post)
}

/// Files people send.
fn files(mut routes: Routes) -> Routes {
    use crate::media::{serve, upload};
    for path in ["/_matrix/media/v3/upload", "/_matrix/media/r0/upload"] {
        routes = routes.plain(Method::POST, path, upload::post);
    }
    routes
        .plain(Method::POST, "/_matrix/media/v1/create", upload::create)
        .plain(Method::PUT, "/_matrix/media/v3/upload/{server}/{id}", upload::put)
        .plain(Method::GET, "/_matrix/media/v3/config", serve::config)
        .plain(Method::GET, "/_matrix/client/v1/media/config", serve::config)
        .plain(Method::GET, "/_matrix/client/v1/media/download/{server}/{id}", serve::download)
        .plain(Method::GET, "/_matrix/client/v1/media/download/{server}/{id}/{name}", serve::download)
        .plain(Method::GET, "/_matrix/client/v1/media/thumbnail/{server}/{id}", serve::thumbnail)
}

/// What the command line asks of the running server.
fn operator(routes: Routes) -> Routes {
    routes
        .plain(Method::GET, "/_causeway/v1/bridges", operator::bridges)
        .plain(Method::POST, "/_causeway/v1/rooms", operator::add_room)
        .plain(Method::POST, "/_causeway/v1/users", operator::add_user)
        .plain(Method::POST, "/_causeway/v1/users/{name}/password", operator::reset_password)
}

/// Application services, and the networks behind them.
fn application_services(routes: Routes) -> Routes {
    use appservice::{network_rooms, overview, ping, thirdparty};
    routes
        .serve(ping::post)
        .serve(network_rooms::put)
        .raw(thirdparty::protocols)
        .raw(thirdparty::protocol)
        .raw(thirdparty::location)
        .raw(thirdparty::user)
        .raw(thirdparty::by_alias)
        .raw(thirdparty::by_user)
        .plain(Method::GET, "/_causeway/admin/services", overview::get)
}

/// What the processes of bundled bridges answer.
fn bundled_bridges(mut routes: Routes) -> Routes {
    for method in [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
        for path in gateway::HOOKS {
            routes = routes.plain(method.clone(), path, gateway::hook);
        }
        routes = routes.plain(method, "/_bridge/{*rest}", gateway::bridge);
    }
    // Where ntfy's senders put JSON that names its topic.
    routes.plain(Method::POST, "/", gateway::hook)
}
