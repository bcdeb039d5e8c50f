//! `GET /_matrix/client/versions`. Specified in the client-server API, «API standards».

use ruma::api::client::discovery::get_supported_versions::{Request, Response};

use crate::{error::Result, http::ruma::Ruma};

/// Up to the version that clients ask for before they use authenticated media. Of what these versions demand, presence and
/// previews of links are not here yet and answer as unknown.
const VERSIONS: [&str; 13] =
    ["r0.6.1", "v1.1", "v1.2", "v1.3", "v1.4", "v1.5", "v1.6", "v1.7", "v1.8", "v1.9", "v1.10", "v1.11", "v1.12"];

/// What clients look for by name, because it is newer than the versions above or was called so before it was specified.
const FEATURES: [&str; 4] = [
    // Cross-signing.
    "org.matrix.e2e_cross_signing",
    // Profile fields of one's own, by the older and the specified path.
    "uk.tcpip.msc4133",
    "uk.tcpip.msc4133.stable",
    // Devices of application services without signing in.
    "io.element.msc4190",
];

/// The versions and the unstable features this server has.
pub async fn get(_: Ruma<Request>) -> Result<Response> {
    let mut response = Response::new(VERSIONS.map(str::to_owned).to_vec());
    response.unstable_features = FEATURES.map(|name| (name.to_owned(), true)).into();
    Ok(response)
}
