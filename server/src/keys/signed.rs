//! Signed JSON objects: device keys and cross-signing keys. Specified in the client-server API, «Cross-signing», and the
//! appendices, «Signing JSON».

use ruma::{
    CanonicalJsonObject,
    serde::Base64,
    signatures::{SigningKeyAlgorithm, to_canonical_json_string_for_signing, verify_canonical_json_bytes},
};
use serde_json::{Map, Value};

/// A JSON object.
pub type Object = Map<String, Value>;

/// The one public key of a cross-signing key.
pub fn public_key(key: &Object) -> Option<&str> {
    let keys = key.get("keys")?.as_object()?;
    let mut names = keys.iter();
    let (name, public) = names.next()?;
    let single = names.next().is_none() && name.split_once(':').is_some_and(|(_, id)| Some(id) == public.as_str());
    if single { public.as_str() } else { None }
}

/// The public key `key_id` (`ed25519:…`) of a device or cross-signing key.
pub fn key_named<'a>(key: &'a Object, key_id: &str) -> Option<&'a str> {
    key.get("keys")?.get(key_id)?.as_str()
}

/// The signatures of one user on an object: key id and signature.
pub fn signatures_of<'a>(object: &'a Object, user: &str) -> Vec<(&'a str, &'a str)> {
    let of_user = object.get("signatures").and_then(|all| all.get(user)).and_then(Value::as_object);
    of_user.into_iter().flatten().filter_map(|(id, signature)| Some((id.as_str(), signature.as_str()?))).collect()
}

/// Whether two objects say the same, whoever signed them.
pub fn same_claim(one: &Object, other: &Object) -> bool {
    let bare = |object: &Object| {
        let mut object = object.clone();
        object.remove("signatures");
        object.remove("unsigned");
        object
    };
    bare(one) == bare(other)
}

/// Whether `signature` is one of `object` by the Ed25519 key with this public half.
pub fn is_signed(object: &Object, public_key: &str, signature: &str) -> bool {
    let (Ok(public_key), Ok(signature)) = (decode(public_key), decode(signature)) else { return false };
    let Ok(object) = serde_json::from_value::<CanonicalJsonObject>(Value::Object(object.clone())) else { return false };
    let Ok(message) = to_canonical_json_string_for_signing(&object) else { return false };
    verify_canonical_json_bytes(&SigningKeyAlgorithm::Ed25519, &public_key, &signature, message.as_bytes()).is_ok()
}

fn decode(text: &str) -> Result<Vec<u8>, ()> {
    Base64::<ruma::serde::base64::Standard>::parse(text).map(|bytes| bytes.into_inner()).map_err(drop)
}

/// Adds a signature to an object.
pub fn add_signature(object: &mut Object, user: &str, key_id: &str, signature: &str) {
    let all = object.entry("signatures").or_insert_with(|| Value::Object(Map::new()));
    let Some(all) = all.as_object_mut() else { return };
    let of_user = all.entry(user).or_insert_with(|| Value::Object(Map::new()));
    if let Some(of_user) = of_user.as_object_mut() {
        of_user.insert(key_id.to_owned(), Value::String(signature.to_owned()));
    }
}

#[cfg(test)]
mod tests {
    use ruma::signatures::{Ed25519KeyPair, KeyPair};
    use serde_json::json;

    use super::*;

    fn object(value: Value) -> Object {
        let Value::Object(object) = value else { panic!("an object") };
        object
    }

    #[test]
    fn a_cross_signing_key_has_one_key_named_after_itself() {
        for (keys, expected) in [
            (json!({"ed25519:abc": "abc"}), Some("abc")),
            (json!({"ed25519:abc": "def"}), None),
            (json!({"ed25519:abc": "abc", "ed25519:def": "def"}), None),
            (json!({}), None),
            (json!([]), None),
        ] {
            assert_eq!(public_key(&object(json!({"keys": keys}))), expected);
        }
    }

    #[test]
    fn signatures_hold_for_what_was_signed_and_nothing_else() {
        let pair = Ed25519KeyPair::from_der(&Ed25519KeyPair::generate(), "1".to_owned()).unwrap();
        let public = ruma::serde::Base64::<ruma::serde::base64::Standard, _>::new(pair.public_key().to_vec()).encode();
        let mut key = object(json!({"user_id": "@a:h", "keys": {"ed25519:X": "x"}, "unsigned": {"n": 1}}));
        let signature = pair.sign(br#"{"keys":{"ed25519:X":"x"},"user_id":"@a:h"}"#).base64();
        assert!(is_signed(&key, &public, &signature));
        add_signature(&mut key, "@a:h", "ed25519:1", &signature);
        assert!(is_signed(&key, &public, &signature), "signatures are not signed");
        assert_eq!(signatures_of(&key, "@a:h"), [("ed25519:1", signature.as_str())]);
        key.insert("user_id".to_owned(), json!("@b:h"));
        assert!(!is_signed(&key, &public, &signature));
        assert!(!is_signed(&key, "nonsense", &signature));
    }
}
