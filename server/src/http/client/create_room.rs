//! `POST /_matrix/client/v3/createRoom`. Specified in the client-server API, «Creation».

use ruma::{
    OwnedUserId, RoomAliasId,
    api::client::room::{
        Visibility,
        create_room::v3::{Request, Response, RoomPreset},
    },
};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::{
    app::App,
    error::{MatrixError, Result},
    http::{caller::Caller, ruma::Ruma},
    rooms::{
        create::{NewRoom, create},
        membership,
        preset::{Preset, Wanted},
    },
};

/// Makes a room with everything that was asked for, in one write.
pub async fn post(request: Ruma<Request>, app: App) -> Result<Response> {
    let Ruma { body, caller, .. } = request;
    caller.not_guest()?;
    if !body.invite_3pid.is_empty() {
        return Err(MatrixError::forbidden(
            "Invitations by e-mail or telephone need an identity server; there is none.",
        ));
    }
    let version = body.room_version.clone().unwrap_or_else(|| app.config.rooms.default_version.clone());
    let rules = supported(&version)?;
    let alias = alias(&app, &caller, body.room_alias_name.as_deref()).await?;
    let mut content: Map<String, Value> = match &body.creation_content {
        Some(raw) => parse(raw.json().get(), "creation_content")?,
        None => Map::new(),
    };
    let listed = body.visibility == Visibility::Public;
    let preset = preset(body.preset.as_ref(), listed);
    if preset == Preset::Trusted && rules.authorization.additional_room_creators {
        add_creators(&mut content, &body.invite);
    }
    let mut invite = Vec::with_capacity(body.invite.len());
    for user in &body.invite {
        crate::http::client::invite_user::must_be_here(&app, user, &caller).await?;
        invite.push((user.clone(), membership::looks(&app, user).await?));
    }
    let initial = body.initial_state.iter().map(|raw| parse(raw.json().get(), "initial_state"));
    let wanted = Wanted {
        creator: caller.user.clone(),
        profile: membership::looks(&app, &caller.user).await?,
        preset,
        power_override: match &body.power_level_content_override {
            Some(raw) => parse(raw.json().get(), "power_level_content_override")?,
            None => Map::new(),
        },
        alias: alias.clone(),
        initial: initial.collect::<Result<_>>()?,
        name: body.name,
        topic: body.topic,
        invite,
        is_direct: body.is_direct,
    };
    let drafts = wanted.drafts(&rules)?;
    let new = NewRoom { version, content, creator: caller.user, alias, listed, drafts };
    let room = create(&app, new).await?;
    Ok(Response::new(room.id.clone()))
}

/// The rules of a version this server makes rooms of.
pub(super) fn supported(version: &ruma::RoomVersionId) -> Result<ruma::room_version_rules::RoomVersionRules> {
    use ruma::RoomVersionId as V;
    let known = matches!(version, V::V6 | V::V7 | V::V8 | V::V9 | V::V10 | V::V11 | V::V12);
    version.rules().filter(|_| known).ok_or_else(MatrixError::unsupported_room_version)
}

fn preset(wanted: Option<&RoomPreset>, listed: bool) -> Preset {
    match wanted {
        Some(RoomPreset::PublicChat) => Preset::Public,
        Some(RoomPreset::TrustedPrivateChat) => Preset::Trusted,
        Some(RoomPreset::PrivateChat) => Preset::Private,
        _ if listed => Preset::Public,
        _ => Preset::Private,
    }
}

/// In a room whose creators stand above all power levels, those trusted from the start are creators.
fn add_creators(content: &mut Map<String, Value>, invited: &[OwnedUserId]) {
    let list = content.entry("additional_creators").or_insert_with(|| Value::Array(Vec::new()));
    if let Value::Array(list) = list {
        for user in invited {
            if !list.iter().any(|known| known == user.as_str()) {
                list.push(user.as_str().into());
            }
        }
    }
}

/// The whole alias of its local part, if the caller may make it.
async fn alias(app: &App, caller: &Caller, local: Option<&str>) -> Result<Option<String>> {
    let Some(local) = local else { return Ok(None) };
    if local.is_empty() || local.contains([':', '#', '\0']) || local.chars().any(char::is_whitespace) {
        return Err(MatrixError::invalid_param("An alias may hold neither spaces nor `:` nor `#`."));
    }
    let alias = RoomAliasId::parse(format!("#{local}:{}", app.server_name()))?;
    super::create_alias::may_make(app, caller, &alias)?;
    if app.store.alias(alias.as_str()).await?.is_some() {
        return Err(MatrixError::room_in_use());
    }
    Ok(Some(alias.to_string()))
}

fn parse<T: DeserializeOwned>(json: &str, what: &str) -> Result<T> {
    serde_json::from_str(json).map_err(|error| MatrixError::bad_json(format!("`{what}` is not as specified: {error}.")))
}
