//! The CDN: attachments behind signed addresses that expire, and pictures for every hash.
//! <https://discord.com/developers/docs/reference#signed-attachment-cdn-urls>

use std::{collections::HashMap, sync::Arc};

use actix_web::{HttpResponse, web};
use sha2::{Digest as _, Sha256};

use super::{picture, snowflake::Snowflake, state::Shared, world::World};

/// `attachments/{channel}/{id}/{name}`.
pub(crate) fn attachment_path(channel: Snowflake, id: Snowflake, name: &str) -> String {
    format!("attachments/{channel}/{id}/{name}")
}

/// The full address of a path, good for the CDN's lifetime: `ex`piry and `is`sue in hexadecimal seconds, and the
/// `hm` that ties them to the path.
pub(crate) fn signed(world: &World, path: &str) -> String {
    let issued = world.clock.now() / 1000;
    let (ex, is) = (format!("{:x}", issued + world.cdn_lifetime), format!("{issued:x}"));
    let hm = signature(world, path, &ex, &is);
    format!("{}/cdn/{path}?ex={ex}&is={is}&hm={hm}&", world.base)
}

fn signature(world: &World, path: &str, ex: &str, is: &str) -> String {
    let secret = world.app.id;
    hex::encode(Sha256::digest(format!("{secret} {path} {ex} {is}")))
}

/// `GET /cdn/…`.
pub(crate) async fn serve(
    path: web::Path<String>,
    query: web::Query<HashMap<String, String>>,
    shared: web::Data<Arc<Shared>>,
) -> HttpResponse {
    let path = path.into_inner();
    let parts: Vec<&str> = path.split('/').collect();
    match parts.as_slice() {
        ["attachments", _, id, _] => shared.look(|state| attachment(&state.world, &path, id, &query)),
        ["avatars" | "icons" | "emojis" | "guilds" | "stickers", .., last] => picture_of(&path, last),
        ["embed", "avatars", last] => picture_of(&path, last),
        _ => HttpResponse::NotFound().finish(),
    }
}

fn attachment(world: &World, path: &str, id: &str, query: &HashMap<String, String>) -> HttpResponse {
    let gone = || HttpResponse::NotFound().body("This content is no longer available.");
    let field = |name: &str| query.get(name).map(String::as_str).unwrap_or_default();
    let expired = u64::from_str_radix(field("ex"), 16).is_ok_and(|ex| ex < world.clock.now() / 1000);
    if expired || signature(world, path, field("ex"), field("is")) != field("hm") {
        return gone();
    }
    let file = id.parse::<Snowflake>().ok().and_then(|id| world.files.get(&id));
    let Some(file) = file else { return gone() };
    let kind = file.content_type.as_deref().unwrap_or("application/octet-stream");
    HttpResponse::Ok().content_type(kind).body(file.bytes.clone())
}

/// A small picture whose colour comes from its address, so that a changed avatar looks changed.
fn picture_of(path: &str, file: &str) -> HttpResponse {
    match file.rsplit_once('.') {
        Some((_, "png" | "gif" | "webp" | "jpg" | "jpeg")) => {
            let stem = path.rsplit_once('.').map_or(path, |(stem, _)| stem);
            let digest = Sha256::digest(stem);
            HttpResponse::Ok().content_type("image/png").body(picture::square([digest[0], digest[1], digest[2]]))
        }
        _ => HttpResponse::UnsupportedMediaType().finish(),
    }
}
