//! LINE Notify, whose service has ended and whose scripts live on: `POST /api/notify` with a Bearer token.

use appservice_sdk::prelude::*;
use serde_json::{Value, json};

use super::{Dialect, Refusal, is_yes};
use crate::{
    hooks::Hook,
    post::{File, Post},
    receive::Ask,
};

/// `/api/notify`, `/api/status`, `/api/revoke`
pub(crate) async fn answer(ask: &Ask<'_>) -> HttpResponse {
    match take(ask).await {
        Ok(body) => with_limits(HttpResponse::json(200, &body)),
        Err(why) => refuse(why),
    }
}

async fn take(ask: &Ask<'_>) -> Result<Value, Refusal> {
    let hook = ask.hook().await?;
    match ask.rest() {
        "status" => {
            ask.only("GET")?;
            Ok(status(&hook))
        }
        // A hook is taken away where it was made, not by whoever has its secret.
        "revoke" => Err(Refusal::NotAllowed),
        _ => {
            ask.only("POST")?;
            let field = |name: &str| ask.parameter(name);
            let file = ask.body.files.iter().find(|(name, _)| name == "imageFile").map(|(_, file)| file.clone());
            ask.accept(&hook, vec![read(&field, file)?]).await?;
            Ok(json!({ "status": 200, "message": "ok" }))
        }
    }
}

fn status(hook: &Hook) -> Value {
    json!({ "status": 200, "message": "ok", "targetType": "GROUP", "target": hook.name })
}

/// Reads a message. A file wins over addresses.
///
/// # Errors
/// [`Refusal::Empty`]
pub fn read(field: &dyn Fn(&str) -> Option<String>, file: Option<File>) -> Result<Post, Refusal> {
    let message = field("message").filter(|message| !message.trim().is_empty()).ok_or(Refusal::Empty)?;
    let web = || field("imageFullsize").or_else(|| field("imageThumbnail")).map(File::web);
    Ok(Post {
        say: Doc::text(message.trim_matches('\n')),
        files: file.or_else(web).into_iter().map(|file| File { kind: Some(MediaKind::Image), ..file }).collect(),
        silent: field("notificationDisabled").is_some_and(|off| is_yes(&off)),
        ..Post::new(Dialect::Line)
    })
}

fn with_limits(mut answer: HttpResponse) -> HttpResponse {
    let reset = (Timestamp::now().0 / 1000 + 3600).to_string();
    for (name, value) in [
        ("x-ratelimit-limit", "1000"),
        ("x-ratelimit-imagelimit", "50"),
        ("x-ratelimit-remaining", "999"),
        ("x-ratelimit-imageremaining", "49"),
        ("x-ratelimit-reset", &reset),
    ] {
        answer.headers.push((name.into(), value.into()));
    }
    answer
}

/// What the sender is told when the message was not taken.
pub(crate) fn refuse(why: Refusal) -> HttpResponse {
    let (status, message) = match why {
        Refusal::Empty => (400, "message: may not be empty".to_owned()),
        Refusal::UnknownHook | Refusal::Unsigned => (401, "Invalid access token".to_owned()),
        Refusal::NotAllowed => (403, "This token is revoked where the webhook was made.".to_owned()),
        why => (why.status(), why.to_string()),
    };
    HttpResponse::json(status, &json!({ "status": status, "message": message }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_read() {
        let field = |name: &str| match name {
            "message" => Some("\nhello *you*".to_owned()),
            "imageThumbnail" => Some("https://x/small.png".to_owned()),
            "imageFullsize" => Some("https://x/large.png".to_owned()),
            "notificationDisabled" => Some("true".to_owned()),
            _ => None,
        };
        let post = read(&field, None).unwrap();
        assert_eq!((post.say.plain().as_str(), post.silent), ("hello *you*", true));
        assert_eq!(post.files, [File { kind: Some(MediaKind::Image), ..File::web("https://x/large.png") }]);
        assert_eq!(read(&|_| None, None), Err(Refusal::Empty));
    }

    #[test]
    fn a_wrong_token_is_told_in_lines_words() {
        let answer = refuse(Refusal::UnknownHook);
        assert_eq!(
            (answer.status, &*answer.body),
            (401, br#"{"message":"Invalid access token","status":401}"#.as_slice())
        );
    }
}
