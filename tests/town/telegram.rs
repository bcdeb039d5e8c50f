//! The Telegram of a town: a supergroup, and one person in it.

use serde_json::{Value, json};
use simulators::telegram::{Limits, Settings, Telegram};

use super::SOON;

/// A simulated Telegram with the group Harbour, Ada and the bot in it.
pub(crate) struct Mole {
    pub(crate) telegram: Telegram,
    pub(crate) group: i64,
    pub(crate) ada: i64,
}

impl Mole {
    pub(crate) async fn build() -> Self {
        let telegram = Telegram::start(Settings { limits: Limits::off(), ..Settings::default() }).await.unwrap();
        let ada = telegram.person("Ada", Some("ada"));
        let group = telegram.supergroup("Harbour", ada);
        telegram.add_bot(group, ada).unwrap();
        telegram.make_bot_admin(group, ada).unwrap();
        Self { telegram, group, ada }
    }

    /// What a bridge to it needs: the section of the configuration.
    pub(crate) fn section(&self) -> Value {
        json!({ "enabled": true, "admins": ["*"], "token": self.telegram.token(), "api_url": self.telegram.url() })
    }

    /// The texts in the group so far, as they stand there.
    pub(crate) fn shown(&self) -> Vec<String> {
        self.telegram.said(self.group).into_iter().map(|line| line.text).collect()
    }

    /// Waits until Telegram shows what is wanted.
    pub(crate) async fn until(&self, wanted: impl Fn(&[String]) -> bool) {
        let seen = self.telegram.wait_for(SOON, |_| wanted(&self.shown())).await;
        assert!(seen.is_ok(), "Telegram shows {:#?}", self.shown());
    }
}
