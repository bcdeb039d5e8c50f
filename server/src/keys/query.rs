//! The answer to `/keys/query`: keys with the signatures the one who asks may see.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Value, json};

use super::signed::{Object, add_signature, public_key};
use crate::store::{
    Atom,
    keys::{CrossSigningRow, DeviceKeysRow, SignatureRow},
};

/// What the database knows of the users asked for.
pub struct Known {
    /// Keys of devices.
    pub devices: Vec<DeviceKeysRow>,
    /// Keys of users.
    pub users: Vec<CrossSigningRow>,
    /// Who signed them.
    pub signatures: Vec<SignatureRow>,
}

/// Whom was asked for: each user with the devices wanted; none stands for all.
pub type Wanted<'a> = BTreeMap<Atom, (&'a str, Vec<&'a str>)>;

/// Puts the answer together. `names` are the user ids of those who signed.
pub fn answer(wanted: &Wanted<'_>, known: Known, asking: Atom, names: &HashMap<Atom, std::sync::Arc<str>>) -> Object {
    let mut signatures: HashMap<(Atom, &str), Vec<&SignatureRow>> = HashMap::new();
    for row in &known.signatures {
        // What others think of somebody's keys is for them and for that person.
        if row.signer == row.owner || row.signer == asking || row.owner == asking {
            signatures.entry((row.owner, row.target.as_str())).or_default().push(row);
        }
    }
    let sign = |object: &mut Object, owner: Atom, target: &str| {
        for row in signatures.get(&(owner, target)).into_iter().flatten() {
            if let Some(signer) = names.get(&row.signer) {
                add_signature(object, signer, &row.key_id, &row.signature);
            }
        }
    };
    let mut devices: Map<String, Value> = wanted.values().map(|(user, _)| ((*user).to_owned(), json!({}))).collect();
    for row in known.devices {
        let Some((user, only)) = wanted.get(&row.owner) else { continue };
        if !only.is_empty() && !only.contains(&row.device_id.as_str()) {
            continue;
        }
        let Ok(mut object) = serde_json::from_str::<Object>(&row.json) else { continue };
        sign(&mut object, row.owner, &row.device_id);
        if let Some(name) = &row.display_name {
            object.insert("unsigned".to_owned(), json!({ "device_display_name": name }));
        }
        devices[*user][&row.device_id] = Value::Object(object);
    }
    let mut answer = Map::from_iter([("failures".to_owned(), json!({})), ("device_keys".to_owned(), devices.into())]);
    for usage in ["master", "self_signing", "user_signing"] {
        answer.insert(format!("{usage}_keys"), json!({}));
    }
    for row in known.users {
        let Some((user, _)) = wanted.get(&row.owner) else { continue };
        if row.usage == "user_signing" && row.owner != asking {
            continue;
        }
        let Ok(mut object) = serde_json::from_str::<Object>(&row.json) else { continue };
        if let Some(target) = public_key(&object).map(str::to_owned) {
            sign(&mut object, row.owner, &target);
        }
        answer[&format!("{}_keys", row.usage)][*user] = Value::Object(object);
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_signatures_are_shown_to_signer_and_signed_only() {
        let (alice, bob, carol) = (Atom(1), Atom(2), Atom(3));
        let names: HashMap<_, std::sync::Arc<str>> =
            [(alice, "@alice:h".into()), (bob, "@bob:h".into()), (carol, "@carol:h".into())].into();
        let known = || Known {
            devices: vec![DeviceKeysRow {
                owner: alice,
                device_id: "D".to_owned(),
                display_name: Some("Phone".to_owned()),
                json: "{}".to_owned(),
            }],
            users: ["master", "user_signing"]
                .map(|usage| CrossSigningRow {
                    owner: alice,
                    usage: usage.to_owned(),
                    json: r#"{"keys":{"ed25519:M":"M"}}"#.to_owned(),
                })
                .to_vec(),
            signatures: vec![SignatureRow {
                owner: alice,
                target: "M".to_owned(),
                signer: bob,
                key_id: "ed25519:B".to_owned(),
                signature: "s".to_owned(),
            }],
        };
        let wanted: Wanted<'_> = [(alice, ("@alice:h", vec![]))].into();
        for (asking, sees_signature, sees_user_signing) in
            [(alice, true, true), (bob, true, false), (carol, false, false)]
        {
            let answer = Value::Object(answer(&wanted, known(), asking, &names));
            let signature = &answer["master_keys"]["@alice:h"]["signatures"]["@bob:h"]["ed25519:B"];
            assert_eq!(signature == "s", sees_signature, "{asking:?}");
            assert_eq!(answer["user_signing_keys"]["@alice:h"].is_object(), sees_user_signing, "{asking:?}");
            let name = &answer["device_keys"]["@alice:h"]["D"]["unsigned"]["device_display_name"];
            assert_eq!(name, "Phone");
        }
    }

    #[test]
    fn only_the_devices_asked_for_are_told() {
        let devices = ["A", "B"].map(|id| DeviceKeysRow {
            owner: Atom(1),
            device_id: id.to_owned(),
            display_name: None,
            json: "{}".to_owned(),
        });
        let known = Known { devices: devices.to_vec(), users: vec![], signatures: vec![] };
        let wanted: Wanted<'_> = [(Atom(1), ("@a:h", vec!["B"]))].into();
        let answer = answer(&wanted, known, Atom(1), &HashMap::new());
        assert_eq!(answer["device_keys"], json!({"@a:h": {"B": {}}}));
    }
}
