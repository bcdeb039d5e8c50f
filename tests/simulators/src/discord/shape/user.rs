//! User objects. <https://discord.com/developers/docs/resources/user#user-object>

use serde_json::{Value, json};

use crate::discord::{snowflake::Snowflake, world::World};

/// The public user object; of an account that is gone, Discord's «Deleted User».
pub(crate) fn user(world: &World, id: Snowflake) -> Value {
    let Some(user) = world.users.get(&id) else {
        return json!({
            "id": id, "username": "deleted_user", "global_name": "Deleted User", "discriminator": "0",
            "avatar": null, "public_flags": 0, "flags": 0, "primary_guild": null,
        });
    };
    let mut shaped = json!({
        "id": user.id,
        "username": user.name,
        "global_name": user.global_name,
        "discriminator": "0",
        "avatar": user.avatar,
        "avatar_decoration_data": null,
        "primary_guild": null,
        "public_flags": 0,
        "flags": 0,
    });
    if user.bot {
        shaped["bot"] = Value::Bool(true);
    }
    shaped
}

/// The bot's own account, with what only it may see.
pub(crate) fn me(world: &World) -> Value {
    let mut shaped = user(world, world.app.bot);
    for (key, value) in [
        ("verified", json!(true)),
        ("mfa_enabled", json!(false)),
        ("email", Value::Null),
        ("locale", json!("en-US")),
        ("bio", json!("")),
    ] {
        shaped[key] = value;
    }
    shaped
}
