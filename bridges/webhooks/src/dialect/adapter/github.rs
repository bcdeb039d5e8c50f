//! GitHub's webhooks (<https://docs.github.com/en/webhooks/webhook-events-and-payloads>), whose form Gitea and Forgejo
//! share. An event of no interest to people is answered well and not shown.

use appservice_sdk::prelude::*;
use serde_json::{Map, Value};

use super::super::{Dialect, object, objects, text};
use crate::{
    convert::markdown,
    post::{Card, Post, Priority, State, Titled},
};

/// Commits that are shown; the rest is counted.
const COMMITS: usize = 8;
/// Characters of a description that are shown.
const EXCERPT: usize = 1500;

/// Reads an event.
#[must_use]
pub fn read(source: Dialect, event: &str, payload: &Map<String, Value>) -> Vec<Post> {
    let teller = Teller { source, payload };
    let post = match event {
        "push" => teller.push(),
        "ping" => Some(teller.ping()),
        "pull_request" => teller.about("pull_request", "pull request"),
        "issues" => teller.about("issue", "issue"),
        "issue_comment" | "pull_request_comment" => teller.comment("issue"),
        "pull_request_review_comment" => teller.comment("pull_request"),
        "commit_comment" => teller.comment("commit"),
        "pull_request_review" | "pull_request_approved" | "pull_request_rejected" => teller.review(),
        "release" => teller.about("release", "release"),
        "workflow_run" => teller.run("workflow_run"),
        "check_suite" | "check_run" | "workflow_job" | "status" | "deployment_status" | "check_run_requested" => None,
        "create" | "delete" => teller.branch(event),
        "star" | "watch" | "fork" | "member" | "repository" | "public" | "team_add" | "discussion" | "deployment" => {
            teller.other(event)
        }
        "" => None,
        event => teller.other(event),
    };
    post.into_iter().collect()
}

struct Teller<'a> {
    source: Dialect,
    payload: &'a Map<String, Value>,
}

impl Teller<'_> {
    fn at(&self, path: &[&str]) -> Option<String> {
        let (last, path) = path.split_last()?;
        let holder = path.iter().try_fold(self.payload, |holder, key| object(holder, key))?;
        text(holder, last)
    }

    fn who(&self) -> String {
        let named = ["login", "username", "full_name"].into_iter().find_map(|key| self.at(&["sender", key]));
        named.or_else(|| self.at(&["pusher", "name"])).unwrap_or_else(|| "Somebody".to_owned())
    }

    fn repository(&self) -> String {
        self.at(&["repository", "full_name"]).or_else(|| self.at(&["organization", "login"])).unwrap_or_default()
    }

    /// `[owner/name] text`, leading to `url`.
    fn post(&self, text: &str, url: Option<String>) -> Post {
        let repository = self.repository();
        let text = if repository.is_empty() { text.to_owned() } else { format!("[{repository}] {text}") };
        Post { title: Some(Titled { text, url }), ..Post::new(self.source) }
    }

    fn ping(&self) -> Post {
        let zen = self.at(&["zen"]).unwrap_or_default();
        Post { say: Doc::text(&zen), priority: Some(Priority::Low), ..self.post("The webhook works.", None) }
    }

    fn push(&self) -> Option<Post> {
        let reference = self.at(&["ref"])?;
        let (kind, name) = match (reference.strip_prefix("refs/heads/"), reference.strip_prefix("refs/tags/")) {
            (Some(branch), _) => ("", branch),
            (_, Some(tag)) => ("tag ", tag),
            _ => ("", reference.as_str()),
        };
        let commits: Vec<_> = objects(self.payload, "commits").collect();
        // A branch that comes or goes without commits is told by its own event.
        if commits.is_empty() && kind.is_empty() {
            return None;
        }
        let forced = self.payload.get("forced").and_then(Value::as_bool).unwrap_or(false);
        let verb = if forced { "force-pushed" } else { "pushed" };
        let count = match commits.len() {
            1 => "1 commit to ".to_owned(),
            0 => String::new(),
            many => format!("{many} commits to "),
        };
        let url = self.at(&["compare"]).or_else(|| self.at(&["compare_url"]));
        let mut items: Vec<Vec<Block>> = commits.iter().take(COMMITS).map(|commit| vec![line(commit)]).collect();
        if commits.len() > COMMITS {
            items.push(vec![Block::Paragraph(vec![Inline::text(format!("and {} more", commits.len() - COMMITS))])]);
        }
        let say =
            if items.is_empty() { Doc::default() } else { Doc::default().with(Block::List { start: None, items }) };
        Some(Post { say, ..self.post(&format!("{} {verb} {count}{kind}{name}", self.who()), url) })
    }

    /// Something with number, title, address and text.
    fn about(&self, key: &str, word: &str) -> Option<Post> {
        let action = self.at(&["action"]).unwrap_or_default();
        let merged = self.payload.get(key)?.get("merged").and_then(Value::as_bool).unwrap_or(false);
        let verb = match action.as_str() {
            "closed" if merged => "merged",
            "synchronize" | "synchronized" | "edited" | "labeled" | "unlabeled" | "label_updated" | "milestoned"
            | "created" | "prereleased" | "released" => return None,
            "ready_for_review" => "marked ready",
            "review_requested" => "asked for review of",
            other => other,
        };
        let number = self.at(&[key, "number"]).map(|number| format!(" #{number}")).unwrap_or_default();
        let name = self.at(&[key, "title"]).or_else(|| self.at(&[key, "name"])).or_else(|| self.at(&[key, "tag_name"]));
        let text = format!("{} {verb} {word}{number}: {}", self.who(), name.unwrap_or_default());
        let opened = matches!(verb, "opened" | "published" | "reopened");
        let body = self.at(&[key, "body"]).filter(|_| opened);
        Some(Post { cards: quoted(body), ..self.post(&text, self.at(&[key, "html_url"])) })
    }

    fn comment(&self, key: &str) -> Option<Post> {
        if self.at(&["action"]).is_some_and(|action| action != "created") {
            return None;
        }
        let number = self.at(&[key, "number"]).map(|number| format!("#{number}"));
        let name = self.at(&[key, "title"]).unwrap_or_default();
        let at = number.or_else(|| self.at(&["comment", "commit_id"]).map(|id| short(&id))).unwrap_or_default();
        let text = format!("{} commented on {at} {name}", self.who());
        let post = self.post(text.trim_end(), self.at(&["comment", "html_url"]));
        Some(Post { cards: quoted(self.at(&["comment", "body"])), ..post })
    }

    fn review(&self) -> Option<Post> {
        if self.at(&["action"]).is_some_and(|action| !matches!(action.as_str(), "submitted" | "reviewed")) {
            return None;
        }
        let state = self.at(&["review", "state"]).or_else(|| self.at(&["review", "type"])).unwrap_or_default();
        let verb = match state.trim_start_matches("pull_request_review_") {
            "approved" => "approved",
            "changes_requested" | "rejected" => "asked for changes to",
            _ => "reviewed",
        };
        let number = self.at(&["pull_request", "number"]).unwrap_or_default();
        let text =
            format!("{} {verb} #{number}: {}", self.who(), self.at(&["pull_request", "title"]).unwrap_or_default());
        let url = self.at(&["review", "html_url"]).or_else(|| self.at(&["pull_request", "html_url"]));
        let body = self.at(&["review", "body"]).or_else(|| self.at(&["review", "content"]));
        Some(Post { cards: quoted(body), ..self.post(&text, url) })
    }

    /// A run that ended. Runs of one workflow on one branch are one incident: it fails, it works again.
    fn run(&self, key: &str) -> Option<Post> {
        let conclusion = self.at(&[key, "conclusion"])?;
        let (mark, state, priority) = match conclusion.as_str() {
            "success" => ("✅", State::Resolved, Priority::Low),
            "failure" | "timed_out" | "startup_failure" => ("❌", State::Firing, Priority::High),
            "cancelled" => ("⏹️", State::Firing, Priority::Low),
            _ => return None,
        };
        let name = self.at(&[key, "name"]).unwrap_or_default();
        let branch = self.at(&[key, "head_branch"]).unwrap_or_default();
        let text = format!("{mark} {name} on {branch}: {conclusion}");
        let incident = format!("github:{}:{name}:{branch}", self.repository());
        let post = self.post(&text, self.at(&[key, "html_url"]));
        Some(Post { state, priority: Some(priority), key: Some(incident), ..post })
    }

    fn branch(&self, event: &str) -> Option<Post> {
        let kind = self.at(&["ref_type"])?;
        let text = format!("{} {event}d {kind} {}", self.who(), self.at(&["ref"]).unwrap_or_default());
        Some(self.post(&text, self.at(&["repository", "html_url"])))
    }

    fn other(&self, event: &str) -> Option<Post> {
        let action = self.at(&["action"]).map(|action| format!(" ({action})")).unwrap_or_default();
        let text = format!("{}: {}{action}", self.who(), event.replace('_', " "));
        Some(self.post(&text, self.at(&["repository", "html_url"])))
    }
}

/// The first line of a commit, behind its short id.
pub(super) fn line(commit: &Map<String, Value>) -> Block {
    let id = short(&text(commit, "id").unwrap_or_default());
    let message = text(commit, "message").unwrap_or_default();
    let author = object(commit, "author").and_then(|author| text(author, "name")).unwrap_or_default();
    let code = vec![Inline::code(id)];
    let id = match text(commit, "url") {
        Some(url) => vec![Inline::link(url, code)],
        None => code,
    };
    let rest = format!(" {} ({author})", message.lines().next().unwrap_or_default());
    Block::Paragraph(id.into_iter().chain([Inline::text(rest)]).collect())
}

fn short(id: &str) -> String {
    id.chars().take(7).collect()
}

/// The beginning of what somebody wrote.
pub(super) fn quoted(body: Option<String>) -> Vec<Card> {
    let Some(body) = body.filter(|body| !body.trim().is_empty()) else { return Vec::new() };
    let mut shown: String = body.chars().take(EXCERPT).collect();
    if shown.len() < body.len() {
        shown.push('…');
    }
    vec![Card { text: markdown::read(&shown), ..Card::default() }]
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn events_are_told_in_one_line() {
        let base = |mut payload: Value| {
            payload["repository"] = json!({ "full_name": "a/b" });
            payload["sender"] = json!({ "login": "ann" });
            payload
        };
        for (event, payload, title) in [
            ("ping", json!({ "zen": "Z" }), Some("[a/b] The webhook works.")),
            (
                "push",
                json!({ "ref": "refs/heads/main", "commits": [{ "id": "0123456789", "message": "Fix\n\nlong", "author": { "name": "Ann" } }] }),
                Some("[a/b] ann pushed 1 commit to main"),
            ),
            ("push", json!({ "ref": "refs/heads/main", "commits": [] }), None),
            (
                "issues",
                json!({ "action": "opened", "issue": { "number": 3, "title": "Broken", "body": "It is" } }),
                Some("[a/b] ann opened issue #3: Broken"),
            ),
            ("issues", json!({ "action": "labeled", "issue": { "number": 3 } }), None),
            (
                "pull_request",
                json!({ "action": "closed", "pull_request": { "number": 4, "title": "T", "merged": true } }),
                Some("[a/b] ann merged pull request #4: T"),
            ),
            (
                "issue_comment",
                json!({ "action": "created", "issue": { "number": 3, "title": "B" }, "comment": { "body": "me too" } }),
                Some("[a/b] ann commented on #3 B"),
            ),
            (
                "pull_request_review",
                json!({ "action": "submitted", "review": { "state": "approved" }, "pull_request": { "number": 4, "title": "T" } }),
                Some("[a/b] ann approved #4: T"),
            ),
            (
                "workflow_run",
                json!({ "workflow_run": { "name": "CI", "head_branch": "main", "conclusion": "failure" } }),
                Some("[a/b] ❌ CI on main: failure"),
            ),
            ("workflow_run", json!({ "workflow_run": { "name": "CI", "conclusion": null } }), None),
            ("create", json!({ "ref_type": "tag", "ref": "v1" }), Some("[a/b] ann created tag v1")),
            ("star", json!({ "action": "created" }), Some("[a/b] ann: star (created)")),
            (
                "release",
                json!({ "action": "published", "release": { "tag_name": "v1" } }),
                Some("[a/b] ann published release: v1"),
            ),
        ] {
            let payload = base(payload);
            let posts = read(Dialect::GitHub, event, payload.as_object().unwrap());
            let told = posts.first().and_then(|post| post.title.as_ref()).map(|title| title.text.as_str());
            assert_eq!(told, title, "{event}");
        }
    }
}
