//! What Slack says, as far as it is read. Everything may be missing; blocks and attachments stay JSON, because apps put
//! anything into them.
//!
//! <https://docs.slack.dev/reference/events/message>, <https://docs.slack.dev/reference/objects>

use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// A message, as an event or in history.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Message {
    #[serde(deserialize_with = "lenient")]
    pub(crate) subtype: Option<String>,
    pub(crate) ts: String,
    #[serde(deserialize_with = "lenient")]
    pub(crate) thread_ts: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pub(crate) user: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pub(crate) bot_id: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pub(crate) username: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pub(crate) icons: Option<Value>,
    #[serde(deserialize_with = "lenient")]
    pub(crate) text: String,
    #[serde(deserialize_with = "lenient")]
    pub(crate) blocks: Vec<Value>,
    #[serde(deserialize_with = "lenient")]
    pub(crate) attachments: Vec<Value>,
    #[serde(deserialize_with = "lenient")]
    pub(crate) files: Vec<File>,
    #[serde(deserialize_with = "lenient")]
    pub(crate) edited: Option<Edited>,
    #[serde(deserialize_with = "lenient")]
    pub(crate) user_profile: Option<Profile>,
    #[serde(deserialize_with = "lenient")]
    pub(crate) latest_reply: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pub(crate) metadata: Option<Metadata>,
    #[serde(deserialize_with = "lenient")]
    pub(crate) topic: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pub(crate) purpose: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pub(crate) hidden: bool,
}

/// When a message was edited.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(crate) struct Edited {
    pub(crate) user: String,
    pub(crate) ts: String,
}

/// What an app put beside a message for itself.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Metadata {
    pub(crate) event_type: String,
    pub(crate) event_payload: Value,
}

/// A file. In events over the socket it may be no more than an id (`file_access: check_file_info`).
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct File {
    pub(crate) id: String,
    #[serde(deserialize_with = "lenient")]
    pub(crate) name: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pub(crate) title: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pub(crate) mimetype: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pub(crate) size: Option<u64>,
    #[serde(deserialize_with = "lenient")]
    pub(crate) mode: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pub(crate) subtype: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pub(crate) is_external: bool,
    #[serde(deserialize_with = "lenient")]
    pub(crate) url_private: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pub(crate) url_private_download: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pub(crate) permalink: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pub(crate) original_w: Option<u32>,
    #[serde(deserialize_with = "lenient")]
    pub(crate) original_h: Option<u32>,
    #[serde(deserialize_with = "lenient")]
    pub(crate) duration_ms: Option<u64>,
    #[serde(deserialize_with = "lenient")]
    pub(crate) audio_wave_samples: Vec<f64>,
    #[serde(deserialize_with = "lenient")]
    pub(crate) alt_txt: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pub(crate) file_access: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pub(crate) shares: Option<Value>,
}

/// A person.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(clippy::struct_excessive_bools, reason = "as Slack has them")]
pub(crate) struct User {
    pub(crate) id: String,
    #[serde(deserialize_with = "lenient")]
    pub(crate) team_id: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pub(crate) name: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pub(crate) real_name: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pub(crate) is_bot: bool,
    #[serde(deserialize_with = "lenient")]
    pub(crate) is_admin: bool,
    #[serde(deserialize_with = "lenient")]
    pub(crate) is_owner: bool,
    #[serde(deserialize_with = "lenient")]
    pub(crate) deleted: bool,
    #[serde(deserialize_with = "lenient")]
    pub(crate) profile: Profile,
}

/// How a person looks.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Profile {
    #[serde(deserialize_with = "lenient")]
    pub(crate) display_name: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pub(crate) real_name: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pub(crate) avatar_hash: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pub(crate) image_512: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pub(crate) image_192: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pub(crate) image_72: Option<String>,
}

/// A channel.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(clippy::struct_excessive_bools, reason = "as Slack has them")]
pub(crate) struct Channel {
    pub(crate) id: String,
    #[serde(deserialize_with = "lenient")]
    pub(crate) name: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pub(crate) creator: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pub(crate) is_im: bool,
    #[serde(deserialize_with = "lenient")]
    pub(crate) is_mpim: bool,
    #[serde(deserialize_with = "lenient")]
    pub(crate) is_group: bool,
    #[serde(deserialize_with = "lenient")]
    pub(crate) is_private: bool,
    #[serde(deserialize_with = "lenient")]
    pub(crate) is_channel: bool,
    #[serde(deserialize_with = "lenient")]
    pub(crate) is_archived: bool,
    #[serde(deserialize_with = "lenient")]
    pub(crate) is_member: bool,
    /// The person a conversation of two is with.
    #[serde(deserialize_with = "lenient")]
    pub(crate) user: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pub(crate) topic: Option<Said>,
    #[serde(deserialize_with = "lenient")]
    pub(crate) purpose: Option<Said>,
}

/// A topic or purpose.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Said {
    pub(crate) value: String,
}

/// Reads what has the wrong form as if it were missing: one odd field must not cost the message.
fn lenient<'de, D: Deserializer<'de>, T: Default + for<'a> Deserialize<'a>>(deserializer: D) -> Result<T, D::Error> {
    let value = Value::deserialize(deserializer)?;
    Ok(serde_json::from_value(value).unwrap_or_default())
}

/// Reads what may be missing or odd.
pub(crate) fn read<T: Default + for<'a> Deserialize<'a>>(value: &Value) -> T {
    T::deserialize(value).unwrap_or_default()
}

impl Message {
    /// The root of the thread it stands in, if it is not the root itself.
    pub(crate) fn root(&self) -> Option<&str> {
        self.thread_ts.as_deref().filter(|root| *root != self.ts)
    }

    /// Whether it is of this kind.
    pub(crate) fn is(&self, subtype: &str) -> bool {
        self.subtype.as_deref() == Some(subtype)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_odd_field_does_not_cost_the_message() {
        let said: Message = read(&json!({
            "ts": "1.000001", "text": null, "files": [{"id": "F1", "size": "large"}], "blocks": {}, "hidden": "no",
        }));
        assert_eq!((said.ts.as_str(), said.text.as_str(), said.files.len()), ("1.000001", "", 1));
        assert_eq!(said.files[0].size, None);
    }
}
