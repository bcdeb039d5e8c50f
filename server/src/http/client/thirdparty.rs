//! `GET /_matrix/client/v3/thirdparty/protocols`. Specified in the client-server API, «Third-party Lookups».

use std::collections::BTreeMap;

use ruma::api::client::thirdparty::get_protocols::v3::{Request, Response};

use crate::{error::Result, http::ruma::Ruma};

/// The networks that can be looked up: none yet, application services are not asked.
pub async fn protocols(_: Ruma<Request>) -> Result<Response> {
    Ok(Response::new(BTreeMap::new()))
}
