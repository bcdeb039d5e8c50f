//! Rooms that whoever runs the server makes, from the command line.

use ruma::{OwnedRoomId, OwnedUserId, RoomAliasId};
use serde_json::Map;

use super::{
    create::{NewRoom, create},
    membership,
    preset::{Preset, Wanted},
};
use crate::{
    app::App,
    error::{MatrixError, Result},
};

/// Makes the private room `#name` of this server for the first administrator, and invites somebody.
pub async fn named(app: &App, name: &str, invite: OwnedUserId) -> Result<OwnedRoomId> {
    let alias = free_alias(app, name).await?;
    let nobody =
        || MatrixError::forbidden("There is no administrator; make one with `causeway user add NAME --admin`.");
    let owner = app.store.administrators().await?.into_iter().next().ok_or_else(nobody)?;
    let owner = OwnedUserId::try_from(owner)?;
    let version = app.config.rooms.default_version.clone();
    let rules = version.rules().ok_or_else(MatrixError::unsupported_room_version)?;
    let wanted = Wanted {
        creator: owner.clone(),
        profile: membership::looks(app, &owner).await?,
        preset: Preset::Private,
        power_override: Map::new(),
        alias: Some(alias.clone()),
        initial: Vec::new(),
        name: Some(name.to_owned()),
        topic: None,
        invite: vec![(invite.clone(), membership::looks(app, &invite).await?)],
        is_direct: false,
    };
    let drafts = wanted.drafts(&rules)?;
    let new = NewRoom { version, content: Map::new(), creator: owner, alias: Some(alias), listed: false, drafts };
    Ok(create(app, new).await?.id.clone())
}

async fn free_alias(app: &App, name: &str) -> Result<String> {
    if name.is_empty() || name.contains([':', '#', '\0']) || name.chars().any(char::is_whitespace) {
        return Err(MatrixError::invalid_param("A room's name for addresses may hold neither spaces nor `:` nor `#`."));
    }
    let alias = RoomAliasId::parse(format!("#{name}:{}", app.server_name()))?;
    if let Some(service) = app.services.current().claiming_alias(alias.as_str()) {
        let why = format!("{alias} belongs to the application service {}.", service.id);
        return Err(MatrixError::new(400, "M_EXCLUSIVE", why));
    }
    if app.store.alias(alias.as_str()).await?.is_some() {
        return Err(MatrixError::room_in_use());
    }
    Ok(alias.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::users::operator::first_administrator;

    #[tokio::test]
    async fn a_named_room_is_made_once_and_only_for_an_administrator() {
        let folder = tempfile::tempdir().unwrap();
        let app = crate::testing::app(folder.path()).await;
        let bot = OwnedUserId::try_from("@webhooksbot:test").unwrap();
        assert_eq!(named(&app, "room", bot.clone()).await.unwrap_err().errcode(), "M_FORBIDDEN");
        first_administrator(&app).await.unwrap();
        let room = named(&app, "room", bot.clone()).await.unwrap();
        assert!(room.as_str().starts_with('!'));
        assert_eq!(named(&app, "room", bot.clone()).await.unwrap_err().errcode(), "M_ROOM_IN_USE");
        assert_eq!(named(&app, "a b", bot).await.unwrap_err().errcode(), "M_INVALID_PARAM");
    }
}
