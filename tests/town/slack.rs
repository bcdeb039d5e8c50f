//! The Slack of a town: a workspace with a channel, and one person in it.

use serde_json::{Value, json};
use simulators::slack::{Limits, Settings, Slack};

use super::SOON;

/// A simulated Slack with #harbour, Ada and the bot in it.
pub(crate) struct Quay {
    pub(crate) slack: Slack,
    pub(crate) channel: String,
    pub(crate) ada: String,
}

impl Quay {
    pub(crate) async fn build() -> Self {
        let slack = Slack::start(Settings { limits: Limits::off(), ..Settings::default() }).await.unwrap();
        let channel = slack.channel("harbour").unwrap();
        let ada = slack.person("ada").unwrap();
        slack.join(&channel, &ada).unwrap();
        Self { slack, channel, ada }
    }

    /// What a bridge to it needs: the section of the configuration.
    pub(crate) fn section(&self) -> Value {
        json!({
            "enabled": true, "admins": ["*"], "token": self.slack.token(), "app_token": self.slack.app_token(),
            "api_url": self.slack.api_url(),
        })
    }

    /// The texts in the channel so far, each with the name it is shown under.
    pub(crate) fn shown(&self) -> Vec<(String, String)> {
        self.slack.transcript(&self.channel).into_iter().map(|line| (line.author, line.plain)).collect()
    }

    /// Waits until Slack shows what is wanted.
    pub(crate) async fn until(&self, wanted: impl Fn(&[(String, String)]) -> bool) {
        let seen = self.slack.wait_for(SOON, |_| wanted(&self.shown())).await;
        assert!(seen.is_ok(), "Slack shows {:#?}", self.shown());
    }
}
