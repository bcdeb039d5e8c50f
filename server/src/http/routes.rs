//! The whole HTTP surface on one page: a line an endpoint.

use super::{client, router::Routes};

/// Everything this server answers. What is not here is 404 `M_UNRECOGNIZED`.
pub fn routes() -> Routes {
    let routes = Routes::default();
    discovery(routes)
}

/// What a client asks before anything else.
fn discovery(routes: Routes) -> Routes {
    routes.serve(client::versions::get)
}
