//! The whole HTTP surface on one page: a line an endpoint.

use actix_web::http::Method;

use super::{client, gateway, router::Routes};

/// Everything this server answers. What is not here is 404 `M_UNRECOGNIZED`.
pub fn routes() -> Routes {
    let routes = Routes::default();
    let routes = discovery(routes);
    bundled_bridges(routes)
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
