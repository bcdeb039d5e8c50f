//! The whole HTTP surface on one page: a line an endpoint.

use actix_web::http::Method;

use super::{client, gateway, limits::Limit, router::Routes};

/// Everything this server answers. What is not here is 404 `M_UNRECOGNIZED`.
pub fn routes() -> Routes {
    let routes = Routes::default();
    let routes = discovery(routes);
    let routes = accounts(routes);
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
}

/// What the processes of bundled bridges answer.
fn bundled_bridges(mut routes: Routes) -> Routes {
    for method in [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
        routes = routes.plain(method.clone(), "/hooks/{*rest}", gateway::hook);
        routes = routes.plain(method, "/_bridge/{*rest}", gateway::bridge);
    }
    routes
}
