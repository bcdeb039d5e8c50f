//! GitLab's webhooks: <https://docs.gitlab.com/user/project/integrations/webhook_events/>.

use appservice_sdk::prelude::*;
use serde_json::{Map, Value};

use super::{
    super::{Dialect, object, objects, text},
    github::{line, quoted},
};
use crate::post::{Post, Priority, State, Titled};

/// Commits that are shown.
const COMMITS: usize = 8;

/// Reads an event.
#[must_use]
pub fn read(payload: &Map<String, Value>, event: Option<&str>) -> Vec<Post> {
    let kind = text(payload, "object_kind").unwrap_or_else(|| event.unwrap_or_default().to_lowercase());
    let post = match kind.as_str() {
        "push" | "tag_push" => push(payload),
        "issue" | "work_item" => about(payload, "issue"),
        "merge_request" => about(payload, "merge request"),
        "note" => note(payload),
        "pipeline" => pipeline(payload),
        "release" => named(payload, "release", text(payload, "name"), text(payload, "url")),
        "wiki_page" => named(payload, "wiki page", attribute(payload, "title"), attribute(payload, "url")),
        "build" | "deployment" | "" => None,
        other => named(payload, &other.replace('_', " "), None, None),
    };
    post.into_iter().collect()
}

fn attribute(payload: &Map<String, Value>, key: &str) -> Option<String> {
    text(object(payload, "object_attributes")?, key)
}

fn who(payload: &Map<String, Value>) -> String {
    let user = object(payload, "user").and_then(|user| text(user, "name").or_else(|| text(user, "username")));
    user.or_else(|| text(payload, "user_name")).unwrap_or_else(|| "Somebody".to_owned())
}

fn post(payload: &Map<String, Value>, told: &str, url: Option<String>) -> Post {
    let project = object(payload, "project").and_then(|project| text(project, "path_with_namespace"));
    let text = project.map_or_else(|| told.to_owned(), |project| format!("[{project}] {told}"));
    Post { title: Some(Titled { text, url }), ..Post::new(Dialect::GitLab) }
}

fn push(payload: &Map<String, Value>) -> Option<Post> {
    let reference = text(payload, "ref")?;
    let name = reference.trim_start_matches("refs/heads/").trim_start_matches("refs/tags/");
    let commits: Vec<_> = objects(payload, "commits").collect();
    let is_tag = reference.starts_with("refs/tags/");
    if commits.is_empty() && !is_tag {
        return None;
    }
    let count = payload.get("total_commits_count").and_then(Value::as_u64).unwrap_or(0);
    let told = match (is_tag, count) {
        (true, _) => format!("{} pushed tag {name}", who(payload)),
        (false, 1) => format!("{} pushed 1 commit to {name}", who(payload)),
        (false, many) => format!("{} pushed {many} commits to {name}", who(payload)),
    };
    let items: Vec<_> = commits.iter().take(COMMITS).map(|commit| vec![line(commit)]).collect();
    let say = if items.is_empty() { Doc::default() } else { Doc::default().with(Block::List { start: None, items }) };
    let home = object(payload, "project").and_then(|project| text(project, "web_url"));
    Some(Post { say, ..post(payload, &told, home) })
}

fn about(payload: &Map<String, Value>, word: &str) -> Option<Post> {
    let verb = match attribute(payload, "action")?.as_str() {
        "open" => "opened",
        "close" => "closed",
        "reopen" => "reopened",
        "merge" => "merged",
        "approved" | "approval" => "approved",
        _ => return None,
    };
    let number = attribute(payload, "iid").unwrap_or_default();
    let told = format!("{} {verb} {word} #{number}: {}", who(payload), attribute(payload, "title").unwrap_or_default());
    let body = attribute(payload, "description").filter(|_| verb == "opened");
    Some(Post { cards: quoted(body), ..post(payload, &told, attribute(payload, "url")) })
}

fn note(payload: &Map<String, Value>) -> Option<Post> {
    let at = ["merge_request", "issue", "commit", "snippet"].into_iter().find_map(|key| {
        let about = object(payload, key)?;
        let number = text(about, "iid").map(|number| format!("#{number} ")).unwrap_or_default();
        Some(format!("{number}{}", text(about, "title").unwrap_or_default()))
    });
    let told = format!("{} commented on {}", who(payload), at.unwrap_or_default());
    let body = attribute(payload, "note")?;
    Some(Post { cards: quoted(Some(body)), ..post(payload, told.trim_end(), attribute(payload, "url")) })
}

/// Pipelines of one branch are one incident: it fails, it works again.
fn pipeline(payload: &Map<String, Value>) -> Option<Post> {
    let status = attribute(payload, "status")?;
    let (mark, state, priority) = match status.as_str() {
        "success" => ("✅", State::Resolved, Priority::Low),
        "failed" => ("❌", State::Firing, Priority::High),
        "canceled" => ("⏹️", State::Firing, Priority::Low),
        _ => return None,
    };
    let branch = attribute(payload, "ref").unwrap_or_default();
    let project = object(payload, "project").and_then(|project| text(project, "path_with_namespace"));
    let told = format!("{mark} Pipeline #{} on {branch}: {status}", attribute(payload, "id").unwrap_or_default());
    let key = Some(format!("gitlab:{}:{branch}", project.unwrap_or_default()));
    Some(Post { state, priority: Some(priority), key, ..post(payload, &told, attribute(payload, "url")) })
}

fn named(payload: &Map<String, Value>, word: &str, name: Option<String>, url: Option<String>) -> Option<Post> {
    let name = name.map(|name| format!(": {name}")).unwrap_or_default();
    Some(post(payload, &format!("{word}{name}"), url))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn events_are_told_in_one_line() {
        for (payload, title) in [
            (
                json!({ "object_kind": "push", "ref": "refs/heads/main", "user_name": "Ann", "total_commits_count": 1, "commits": [{ "id": "0123456789", "message": "m" }] }),
                Some("[a/b] Ann pushed 1 commit to main"),
            ),
            (
                json!({ "object_kind": "issue", "user": { "name": "Ann" }, "object_attributes": { "action": "open", "iid": 3, "title": "T" } }),
                Some("[a/b] Ann opened issue #3: T"),
            ),
            (json!({ "object_kind": "issue", "object_attributes": { "action": "update" } }), None),
            (
                json!({ "object_kind": "note", "user": { "name": "Ann" }, "object_attributes": { "note": "hm" }, "merge_request": { "iid": 4, "title": "M" } }),
                Some("[a/b] Ann commented on #4 M"),
            ),
            (
                json!({ "object_kind": "pipeline", "object_attributes": { "id": 9, "ref": "main", "status": "failed" } }),
                Some("[a/b] ❌ Pipeline #9 on main: failed"),
            ),
            (json!({ "object_kind": "pipeline", "object_attributes": { "status": "running" } }), None),
        ] {
            let mut payload = payload;
            payload["project"] = json!({ "path_with_namespace": "a/b" });
            let posts = read(payload.as_object().unwrap(), None);
            let told = posts.first().and_then(|post| post.title.as_ref()).map(|title| title.text.as_str());
            assert_eq!(told, title, "{payload}");
        }
    }
}
