//! The whole HTTP surface on one page: a line an endpoint.

use actix_web::http::Method;

use super::{client, gateway, limits::Limit, router::Routes};

/// Everything this server answers. What is not here is 404 `M_UNRECOGNIZED`.
pub fn routes() -> Routes {
    let routes = Routes::default();
    let routes = discovery(routes);
    let routes = rooms(routes);
    bundled_bridges(routes)
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
}

/// What a client asks before anything else.
fn discovery(routes: Routes) -> Routes {
    routes.serve(client::versions::get)
}

/// What the processes of bundled bridges answer.
fn bundled_bridges(mut routes: Routes) -> Routes {
    for method in [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
        routes = routes.plain(method.clone(), "/hooks/{*rest}", gateway::hook);
        routes = routes.plain(method, "/_bridge/{*rest}", gateway::bridge);
    }
    routes
}
