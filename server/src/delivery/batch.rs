//! From the head of a queue to one transaction. Pure.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json, value::RawValue};

use crate::store::Pos;

/// At most this many events in a transaction, and this many pieces of ephemeral data.
pub const MOST: usize = 100;
/// A transaction ends before it grows beyond this, for many services take no larger request. A single event may.
const MOST_BYTES: usize = 900_000;
/// Typing that is older says nothing about now. Milliseconds.
const TYPING_FOR: u64 = 30_000;

/// Something at the head of a queue.
#[derive(Clone, Debug)]
pub enum Item {
    /// An event, as JSON.
    Event(String),
    /// Ephemeral data.
    Ephemeral(Ephemeral),
    /// Something that is no more.
    Gone,
}

/// Where in a transaction something belongs that is no event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// Typing, receipts, presence.
    #[default]
    Edu,
    /// A message to a device.
    ToDevice,
    /// Users whose devices changed: a list.
    Devices,
    /// The keys left of a device: `user`, `device`, `once` by algorithm, `fallback` algorithms.
    Keys,
}

/// Ephemeral data as it is kept in the queue.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Ephemeral {
    /// When it came up, in milliseconds since 1970.
    pub at: u64,
    /// What it is.
    #[serde(default)]
    pub kind: Kind,
    /// Of data where only the newest counts: whose it is. An earlier piece with the same key is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// As it is sent.
    pub edu: Box<RawValue>,
}

/// What is sent next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// The last thing that is settled with it.
    pub upto: Pos,
    /// The body; none if nothing of what was queued is worth sending any more.
    pub body: Option<String>,
}

/// Takes as much from the head of the queue as one transaction holds; none when the queue is empty.
pub fn batch(queue: &[(Pos, Item)], now: u64) -> Option<Batch> {
    let (mut events, mut ephemeral, mut bytes, mut upto) = (Vec::new(), Vec::<&Ephemeral>::new(), 0, None);
    for (pos, item) in queue {
        let size = match item {
            Item::Event(json) => json.len(),
            Item::Ephemeral(data) => 2 * data.edu.get().len(),
            Item::Gone => 0,
        };
        let full = match item {
            Item::Event(_) => events.len() == MOST,
            Item::Ephemeral(_) => ephemeral.len() == MOST,
            Item::Gone => false,
        };
        if full || (bytes > 0 && bytes + size > MOST_BYTES) {
            break;
        }
        match item {
            Item::Event(json) => events.push(json.as_str()),
            Item::Ephemeral(data) if is_stale(data, now) => {}
            Item::Ephemeral(data) => {
                if data.key.is_some() {
                    ephemeral.retain(|earlier| earlier.key != data.key);
                }
                ephemeral.push(data);
            }
            Item::Gone => {}
        }
        bytes += size;
        upto = Some(*pos);
    }
    let empty = events.is_empty() && ephemeral.is_empty();
    let body = (!empty).then(|| body(&events, &ephemeral));
    upto.map(|upto| Batch { upto, body })
}

/// Whether ephemeral data no longer tells anything.
fn is_stale(data: &Ephemeral, now: u64) -> bool {
    data.key.as_deref().is_some_and(|key| key.starts_with("typing ")) && data.at + TYPING_FOR < now
}

/// Ephemeral data are under the specified key and under the older one, which many services read.
fn body(events: &[&str], ephemeral: &[&Ephemeral]) -> String {
    let mut body = format!(r#"{{"events":[{}]"#, events.join(","));
    let of = |kind: Kind| ephemeral.iter().filter(move |data| data.kind == kind).map(|data| data.edu.get());
    let edus = of(Kind::Edu).collect::<Vec<_>>().join(",");
    if !edus.is_empty() {
        body.push_str(&format!(r#","ephemeral":[{edus}],"de.sorunome.msc2409.ephemeral":[{edus}]"#));
    }
    let messages = of(Kind::ToDevice).collect::<Vec<_>>().join(",");
    if !messages.is_empty() {
        body.push_str(&format!(r#","de.sorunome.msc2409.to_device":[{messages}]"#));
    }
    let changed: BTreeSet<String> =
        of(Kind::Devices).filter_map(|users| serde_json::from_str::<Vec<String>>(users).ok()).flatten().collect();
    if !changed.is_empty() {
        let lists = json!({"changed": changed, "left": []});
        body.push_str(&format!(r#","org.matrix.msc3202.device_lists":{lists}"#));
    }
    let (once, fallback) = keys(of(Kind::Keys));
    if !once.is_empty() {
        body.push_str(&format!(r#","org.matrix.msc3202.device_one_time_keys_count":{}"#, json!(once)));
        body.push_str(&format!(r#","org.matrix.msc3202.device_unused_fallback_key_types":{}"#, json!(fallback)));
    }
    body.push('}');
    body
}

/// By user and device.
type ByDevice = BTreeMap<String, BTreeMap<String, Value>>;

/// The one-time keys left and the fallback keys nobody was given yet.
fn keys<'a>(left: impl Iterator<Item = &'a str>) -> (ByDevice, ByDevice) {
    #[derive(Deserialize)]
    struct Left {
        user: String,
        device: String,
        once: Value,
        fallback: Value,
    }
    let (mut once, mut fallback) = (ByDevice::new(), ByDevice::new());
    for left in left.filter_map(|left| serde_json::from_str::<Left>(left).ok()) {
        once.entry(left.user.clone()).or_default().insert(left.device.clone(), left.once);
        fallback.entry(left.user).or_default().insert(left.device, left.fallback);
    }
    (once, fallback)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(n: i64) -> (Pos, Item) {
        (Pos(n), Item::Event(format!(r#"{{"n":{n}}}"#)))
    }

    fn ephemeral(n: i64, at: u64, key: Option<&str>) -> (Pos, Item) {
        let edu = RawValue::from_string(format!(r#"{{"e":{n}}}"#)).unwrap();
        (Pos(n), Item::Ephemeral(Ephemeral { at, kind: Kind::Edu, key: key.map(str::to_owned), edu }))
    }

    fn sent(queue: &[(Pos, Item)], now: u64) -> (i64, Value) {
        let batch = batch(queue, now).unwrap();
        (batch.upto.0, batch.body.map_or(Value::Null, |body| serde_json::from_str(&body).unwrap()))
    }

    #[test]
    fn a_transaction_holds_the_head_of_the_queue_in_order() {
        assert_eq!(batch(&[], 0), None);
        assert_eq!(sent(&[event(3), event(5)], 0), (5, json!({"events": [{"n": 3}, {"n": 5}]})));
        let mixed = [event(1), ephemeral(2, 0, None), event(3)];
        let both = json!([{"e": 2}]);
        let body = json!({"events": [{"n": 1}, {"n": 3}], "ephemeral": both, "de.sorunome.msc2409.ephemeral": both});
        assert_eq!(sent(&mixed, 0), (3, body));
    }

    #[test]
    fn a_transaction_holds_a_hundred_of_each() {
        let queue: Vec<_> = (1..=150).map(event).collect();
        let (upto, body) = sent(&queue, 0);
        assert_eq!((upto, body["events"].as_array().unwrap().len()), (100, 100));
        let queue: Vec<_> = (1..=101).map(|n| ephemeral(n, 0, None)).chain([event(102)]).collect();
        let (upto, body) = sent(&queue, 0);
        assert_eq!((upto, body["events"].as_array().unwrap().len()), (100, 0), "nothing overtakes");
    }

    #[test]
    fn large_events_go_alone() {
        let large = |n| (Pos(n), Item::Event(format!("\"{}\"", "x".repeat(600_000))));
        assert_eq!(sent(&[large(1), large(2)], 0).0, 1);
        assert_eq!(sent(&[event(1), large(2), event(3), large(4)], 0).0, 3);
    }

    #[test]
    fn what_no_longer_matters_is_settled_without_being_sent() {
        let typing = |n, at| ephemeral(n, at, Some("typing !a"));
        assert_eq!(sent(&[typing(1, 0)], 30_000).1["ephemeral"], json!([{"e": 1}]));
        assert_eq!(sent(&[typing(1, 0)], 30_001), (1, Value::Null));
        assert_eq!(sent(&[(Pos(4), Item::Gone)], 0), (4, Value::Null));
        assert_eq!(sent(&[typing(1, 0), event(2)], 90_000), (2, json!({"events": [{"n": 2}]})));
        let receipts = [ephemeral(1, 0, Some("a")), ephemeral(2, 0, Some("b")), ephemeral(3, 0, Some("a"))];
        assert_eq!(sent(&receipts, 90_000).1["ephemeral"], json!([{"e": 2}, {"e": 3}]));
    }

    #[test]
    fn what_encrypting_services_are_told_has_its_own_places() {
        let data = |n, kind, key: Option<&str>, edu: Value| {
            let edu = RawValue::from_string(edu.to_string()).unwrap();
            (Pos(n), Item::Ephemeral(Ephemeral { at: 0, kind, key: key.map(str::to_owned), edu }))
        };
        let left = |count| json!({"user": "@a:h", "device": "D", "once": {"x": count}, "fallback": ["x"]});
        let queue = [
            data(1, Kind::ToDevice, None, json!({"type": "m.dummy"})),
            data(2, Kind::Devices, None, json!(["@b:h", "@a:h"])),
            data(3, Kind::Devices, None, json!(["@b:h"])),
            data(4, Kind::Keys, Some("keys @a:h D"), left(5)),
            data(5, Kind::Keys, Some("keys @a:h D"), left(4)),
        ];
        let expected = json!({
            "events": [],
            "de.sorunome.msc2409.to_device": [{"type": "m.dummy"}],
            "org.matrix.msc3202.device_lists": {"changed": ["@a:h", "@b:h"], "left": []},
            "org.matrix.msc3202.device_one_time_keys_count": {"@a:h": {"D": {"x": 4}}},
            "org.matrix.msc3202.device_unused_fallback_key_types": {"@a:h": {"D": ["x"]}},
        });
        assert_eq!(sent(&queue, 0), (5, expected));
    }
}
