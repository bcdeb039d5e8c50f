//! What the server tells about itself while running: one line an event, on standard error.

use std::io::{self, IsTerminal as _};

use tracing_subscriber::EnvFilter;

/// Libraries that tell more than an operator wants to know at their usual level. slack-morphism would tell the addresses of
/// its sockets, which hold secrets; its bridge tells what goes wrong itself.
const QUIET: &str = "actix_server=warn,h2=warn,hyper=warn,reqwest=warn,ruma_state_res=warn,sea_orm=warn,sea_orm_migration=warn,serenity=warn,\
                     slack_morphism=off,sqlx=warn,tracing=warn,tungstenite=warn";

const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

/// Whether `text` can be the configured level: a word, or a list of `module=level`.
pub(crate) fn is_level(text: &str) -> bool {
    if text.contains(['=', ',']) { EnvFilter::try_new(text).is_ok() } else { LEVELS.contains(&text) }
}

/// Begins to log at the configured level. Once in a process; a second call changes nothing.
pub fn start(level: &str) {
    let filter = EnvFilter::try_new(format!("{QUIET},{level}")).unwrap_or_else(|_| EnvFilter::new("info"));
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .try_init();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_told_from_other_words() {
        for (text, good) in [
            ("info", true),
            ("debug", true),
            ("info,server::delivery=debug", true),
            ("server=trace", true),
            ("verbose", false),
            ("", false),
            ("server=loud", false),
        ] {
            assert_eq!(is_level(text), good, "{text}");
        }
    }
}
