//! Signing in: the tokens are in the configuration, so all there is to do is to ask Slack who that is, and whether it may
//! do what a bridge does.

use crate::api::{Api, ApiError};
use crate::scopes;
use appservice_sdk::prelude::ConnectError;

/// The account behind the token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Me {
    /// The bot's account: `U…`.
    pub(crate) user: String,
    /// What messages of the bot carry: `B…`.
    pub(crate) bot: String,
    /// The workspace: `T…`.
    pub(crate) team: String,
    /// The workspace's address: `https://harbour.slack.com/`.
    pub(crate) url: String,
}

/// Who we are.
///
/// # Errors
/// The token is not valid or may too little, or Slack does not answer.
pub(crate) async fn whoami(api: &Api) -> Result<Me, ConnectError> {
    let (answer, granted) = api.whoami().await.map_err(sort)?;
    if let Some(granted) = granted {
        let (missing, works) = scopes::missing(&granted);
        if !works {
            return Err(ConnectError::Config(format!(
                "the Slack app lacks rights: {}; add them on the page «OAuth & Permissions» and install the app again",
                missing.join("; ")
            )));
        }
        for sentence in missing {
            tracing::warn!("{sentence}: add it on the page «OAuth & Permissions» and install the app again");
        }
    }
    let text = |key: &str| answer[key].as_str().unwrap_or_default().to_owned();
    let me = Me { user: text("user_id"), bot: text("bot_id"), team: text("team_id"), url: text("url") };
    // A token of a person would speak as that person; what imitates Slack may leave the bot's id out for a bot's token.
    let bot = !me.bot.is_empty() || api.is_bots();
    if me.user.is_empty() || me.team.is_empty() || !bot {
        return Err(ConnectError::Config(
            "bridges.slack.token belongs to no bot: copy «Bot User OAuth Token», which begins with xoxb-".to_owned(),
        ));
    }
    Ok(me)
}

/// What an error means for the connection.
pub(crate) fn sort(error: ApiError) -> ConnectError {
    match &error {
        ApiError::Limited { after } => ConnectError::Later { after: Some(*after), why: Box::new(error) },
        ApiError::Said { code, detail } if !error.passes() => match code.as_str() {
            "missing_scope" => ConnectError::Config(format!(
                "the Slack app lacks the scope {}",
                detail.as_deref().unwrap_or("it needs for this")
            )),
            "not_allowed_token_type" => {
                ConnectError::Config("a token is in the wrong place: token is xoxb-…, app_token is xapp-…".to_owned())
            }
            _ => ConnectError::SignedOut(format!(
                "Slack does not accept the token ({code}): copy it anew from the page «OAuth & Permissions»"
            )),
        },
        _ => ConnectError::later(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_tells_whether_trying_again_helps() {
        let sorted = |code: &str| sort(ApiError::said(code));
        assert!(matches!(sorted("invalid_auth"), ConnectError::SignedOut(_)));
        assert!(matches!(sorted("account_inactive"), ConnectError::SignedOut(_)));
        assert!(matches!(sorted("not_allowed_token_type"), ConnectError::Config(_)));
        assert!(matches!(sorted("service_unavailable"), ConnectError::Later { .. }));
        assert!(matches!(sort(ApiError::Unreached("no".into())), ConnectError::Later { .. }));
    }
}
