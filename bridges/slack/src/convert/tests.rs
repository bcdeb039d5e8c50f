mod any;
mod reading;
mod writing;

use appservice_sdk::content::{Block, Doc, Inline};
use serde_json::{Value, json};

use super::*;

/// Knows one of each.
struct Known;

impl Names for Known {
    fn user(&self, id: &str) -> Option<String> {
        (id == "U1").then(|| "Ada".to_owned())
    }
    fn channel(&self, id: &str) -> Option<String> {
        (id == "C1").then(|| "general".to_owned())
    }
    fn group(&self, id: &str) -> Option<String> {
        (id == "S1").then(|| "devs".to_owned())
    }
    fn custom(&self, name: &str) -> Custom {
        match name {
            "parrot" => Custom::Picture { name: "parrot".into(), url: "https://e/parrot.gif".into() },
            "ship" => Custom::Standard("rocket".into()),
            _ => Custom::Unknown,
        }
    }
}

fn how(may_ping_everyone: bool) -> Writing<'static> {
    Writing { may_ping_everyone, workspace: "https://a.slack.com/" }
}

fn paragraph(text: Vec<Inline>) -> Doc {
    Doc::paragraph(text)
}
