//! Signatures, so that a program can tell who calls: those of Standard Webhooks (`webhook-id`, `webhook-timestamp`,
//! `webhook-signature`) and Slack's own (`x-slack-request-timestamp`, `x-slack-signature`) with the same key.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// The mark of a key.
const MARK: &str = "whsec_";

/// A new key.
#[must_use]
pub fn secret() -> String {
    format!("{MARK}{}", STANDARD.encode(rand::random::<[u8; 32]>()))
}

/// A new token.
#[must_use]
pub fn random() -> String {
    rand::random::<[u8; 16]>().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The headers of one call.
#[must_use]
pub fn headers(secret: &str, id: &str, seconds: i64, body: &str) -> Vec<(&'static str, String)> {
    let key = STANDARD.decode(secret.trim_start_matches(MARK)).unwrap_or_default();
    let standard = STANDARD.encode(mac(&key, &format!("{id}.{seconds}.{body}")));
    let slack = mac(secret.as_bytes(), &format!("v0:{seconds}:{body}"));
    let slack: String = slack.iter().map(|byte| format!("{byte:02x}")).collect();
    vec![
        ("webhook-id", id.to_owned()),
        ("webhook-timestamp", seconds.to_string()),
        ("webhook-signature", format!("v1,{standard}")),
        ("x-slack-request-timestamp", seconds.to_string()),
        ("x-slack-signature", format!("v0={slack}")),
    ]
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    // HMAC takes keys of every length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return Vec::new() };
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_are_those_of_the_published_examples() {
        // The example of the Standard Webhooks specification.
        let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        let body = r#"{"test": 2432232314}"#;
        let headers = headers(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, body);
        assert_eq!(headers[2].1, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        // The example of Slack's documentation.
        let body = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
        let headers = super::headers("8f742231b10e8888abcd99yyyzzz85a5", "x", 1_531_420_618, body);
        assert_eq!(headers[4].1, "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503");
    }

    #[test]
    fn keys_are_new_each_time() {
        assert_ne!(secret(), secret());
        assert_eq!(random().len(), 32);
    }
}
