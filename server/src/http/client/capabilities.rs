//! `GET /_matrix/client/v3/capabilities`. Specified in the client-server API, «Capabilities negotiation».

use std::collections::BTreeMap;

use ruma::{
    RoomVersionId,
    api::client::discovery::get_capabilities::v3::{
        Capabilities, ProfileFieldsCapability, Request, Response, RoomVersionStability, RoomVersionsCapability,
        ThirdPartyIdChangesCapability,
    },
};

use crate::{app::App, error::Result, http::ruma::Ruma};

/// The room versions this server makes and takes part in.
pub const ROOM_VERSIONS: [RoomVersionId; 7] = [
    RoomVersionId::V6,
    RoomVersionId::V7,
    RoomVersionId::V8,
    RoomVersionId::V9,
    RoomVersionId::V10,
    RoomVersionId::V11,
    RoomVersionId::V12,
];

/// What may be done here, as far as it differs between servers.
pub async fn get(_: Ruma<Request>, app: App) -> Result<Response> {
    let available: BTreeMap<_, _> = ROOM_VERSIONS.into_iter().map(|v| (v, RoomVersionStability::Stable)).collect();
    let mut capabilities = Capabilities::default();
    capabilities.room_versions = RoomVersionsCapability::new(app.config.rooms.default_version.clone(), available);
    capabilities.thirdparty_id_changes = ThirdPartyIdChangesCapability::new(false);
    capabilities.profile_fields = Some(ProfileFieldsCapability::new(true));
    Ok(Response::new(capabilities))
}
