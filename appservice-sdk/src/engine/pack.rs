//! Emoji and stickers of a chat as image packs of a room: `m.room.image_pack` as specified, and `im.ponies.room_emotes`
//! (MSC2545) for the clients of today. Pure.

use serde_json::{Map, Value, json};

use crate::{network::PackImage, store::media::Uploaded};

/// Most pictures of one pack: an event must stay below 64 KiB.
const MOST: usize = 150;
/// The state events that hold a pack.
pub(crate) const KINDS: [&str; 2] = ["m.room.image_pack", "im.ponies.room_emotes"];

/// A picture and where it is on the homeserver.
pub(crate) type Placed<'a> = (&'a PackImage, Uploaded);

/// The packs of a room by state key: emoji and stickers apart, and large ones in pieces.
pub(crate) fn packs(network: &str, name: &str, images: &[Placed<'_>]) -> Vec<(String, Value)> {
    let mut packs = Vec::new();
    for (sticker, usage) in [(false, "emoticon"), (true, "sticker")] {
        let some: Vec<&Placed<'_>> = images.iter().filter(|(image, _)| image.sticker == sticker).collect();
        for (number, piece) in some.chunks(MOST).enumerate() {
            packs.push((key(network, sticker, number), pack(name, usage, piece)));
        }
    }
    packs
}

/// The state key of the `number`-th piece (from 0) of a network's emoji or stickers.
pub(crate) fn key(network: &str, stickers: bool, number: usize) -> String {
    let what = if stickers { ".stickers" } else { "" };
    match number {
        0 => format!("{network}{what}"),
        number => format!("{network}{what}.{}", number + 1),
    }
}

fn pack(name: &str, usage: &str, images: &[&Placed<'_>]) -> Value {
    let mut listed = Map::new();
    for (image, uploaded) in images {
        let mut entry = json!({ "url": uploaded.mxc, "usage": [usage] });
        if let Some(alt) = &image.file.alt {
            entry["body"] = json!(alt);
        }
        let mut info = json!({ "size": uploaded.size });
        let facts = [
            ("mimetype", uploaded.mime.as_ref().map(|mime| json!(mime))),
            ("w", image.file.width.map(|w| json!(w))),
            ("h", image.file.height.map(|h| json!(h))),
        ];
        for (key, value) in facts {
            if let Some(value) = value {
                info[key] = value;
            }
        }
        entry["info"] = info;
        listed.insert(free(&listed, &shortcode(&image.name)), entry);
    }
    json!({ "images": listed, "pack": { "display_name": name, "usage": [usage] } })
}

/// `A-Z a-z 0-9 - _`, at most 100: <https://spec.matrix.org/v1.19/client-server-api/#shortcode-grammar>.
fn shortcode(name: &str) -> String {
    let allowed = |c: char| if c.is_ascii_alphanumeric() || c == '-' || c == '_' { c } else { '_' };
    let code: String = name.chars().take(96).map(allowed).collect();
    if code.is_empty() { "unnamed".to_owned() } else { code }
}

/// The code itself, or the first of its kind with a number that is not taken.
fn free(taken: &Map<String, Value>, code: &str) -> String {
    let numbered = (2..).map(|number| format!("{code}{number}"));
    let mut names = std::iter::once(code.to_owned()).chain(numbered);
    names.find(|name| !taken.contains_key(name)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::MediaRef;

    #[test]
    fn emoji_and_stickers_are_packs_of_their_own_with_valid_codes() {
        let image = |name: &str, sticker: bool| PackImage { name: name.into(), file: MediaRef::remote(name), sticker };
        let images = [image("party parrot", false), image("party_parrot", false), image("wave", true)];
        let at = |number: usize| Uploaded {
            source: String::new(),
            sha256: String::new(),
            mxc: format!("mxc://s/{number}"),
            mime: Some("image/png".into()),
            size: 3,
        };
        let placed: Vec<Placed<'_>> = images.iter().enumerate().map(|(n, image)| (image, at(n))).collect();
        let packs = packs("net", "Guild", &placed);
        let keys: Vec<&str> = packs.iter().map(|(key, _)| key.as_str()).collect();
        assert_eq!(keys, ["net", "net.stickers"]);
        assert_eq!(packs[0].1["pack"], json!({ "display_name": "Guild", "usage": ["emoticon"] }));
        let codes: Vec<&String> = packs[0].1["images"].as_object().unwrap().keys().collect();
        assert_eq!(codes, ["party_parrot", "party_parrot2"]);
        assert_eq!(
            packs[1].1["images"]["wave"],
            json!({ "url": "mxc://s/2", "usage": ["sticker"], "info": { "size": 3, "mimetype": "image/png" } })
        );
        assert_eq!((key("net", true, 1), key("net", false, 2)), ("net.stickers.2".into(), "net.3".into()));
    }
}
