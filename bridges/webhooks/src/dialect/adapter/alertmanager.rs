//! Alertmanager's webhook, version 4 (<https://prometheus.io/docs/alerting/latest/configuration/#webhook_config>), and
//! Grafana's, which adds to it. A group is one message: Alertmanager sends it anew when it changes.

use appservice_sdk::prelude::*;
use serde_json::{Map, Value};

use super::super::{Dialect, Refusal, object, objects, text};
use crate::{
    convert,
    post::{Card, Field, File, Post, Priority, State, Titled},
};

/// Alerts that are shown; the rest is counted.
const SHOWN: usize = 12;

/// Reads a group of alerts.
///
/// # Errors
/// [`Refusal::Empty`] without alerts.
pub fn read(source: Dialect, payload: &Map<String, Value>) -> Result<Post, Refusal> {
    let alerts: Vec<_> = objects(payload, "alerts").collect();
    if alerts.is_empty() {
        return Err(Refusal::Empty);
    }
    let resolved = text(payload, "status").as_deref() == Some("resolved");
    let firing = alerts.iter().filter(|alert| !is_resolved(alert)).count();
    let severity = severity(payload, &alerts);
    let priority = match (resolved, severity.as_deref().and_then(Priority::named)) {
        (true, _) => Priority::Low,
        (false, known) => known.unwrap_or(Priority::High),
    };
    let mark = if resolved { "✅" } else { "🔥" };
    let count = if resolved { alerts.len() } else { firing };
    let title = format!("{mark} [{}:{count}] {}", if resolved { "RESOLVED" } else { "FIRING" }, name(payload, &alerts));
    let mut cards: Vec<Card> = alerts.iter().take(SHOWN).map(|alert| card(alert, payload)).collect();
    if alerts.len() > SHOWN {
        cards.push(Card { text: Doc::text(&format!("and {} more", alerts.len() - SHOWN)), ..Card::default() });
    }
    let own = text(payload, "message").filter(|_| source == Dialect::Grafana && alerts.len() > SHOWN);
    Ok(Post {
        title: Some(Titled { text: title, url: text(payload, "externalURL") }),
        say: own.map(|message| Doc::text(&message)).unwrap_or_default(),
        cards,
        priority: Some(priority),
        state: if resolved { State::Resolved } else { State::Firing },
        severity,
        key: text(payload, "groupKey").map(|key| format!("{source}:{key}")),
        ..Post::new(source)
    })
}

fn is_resolved(alert: &Map<String, Value>) -> bool {
    text(alert, "status").as_deref() == Some("resolved")
}

/// The group's name: by its labels, else by its first alert.
fn name(payload: &Map<String, Value>, alerts: &[&Map<String, Value>]) -> String {
    let label = |of: Option<&Map<String, Value>>| of.and_then(|labels| text(labels, "alertname"));
    let common = label(object(payload, "groupLabels")).or_else(|| label(object(payload, "commonLabels")));
    let first = || alerts.first().and_then(|alert| label(object(alert, "labels")));
    common.or_else(first).or_else(|| text(payload, "title")).unwrap_or_else(|| "alert".to_owned())
}

/// The worst that is firing.
fn severity(payload: &Map<String, Value>, alerts: &[&Map<String, Value>]) -> Option<String> {
    let of = |labels: Option<&Map<String, Value>>| labels.and_then(|labels| text(labels, "severity"));
    let each = alerts.iter().filter(|alert| !is_resolved(alert)).filter_map(|alert| of(object(alert, "labels")));
    let worst = each.max_by_key(|severity| Priority::named(severity));
    worst.or_else(|| of(object(payload, "commonLabels")))
}

fn card(alert: &Map<String, Value>, payload: &Map<String, Value>) -> Card {
    let labels = object(alert, "labels");
    let annotations = object(alert, "annotations");
    let annotation = |key: &str| annotations.and_then(|all| text(all, key));
    let resolved = is_resolved(alert);
    let title = annotation("summary").or_else(|| labels.and_then(|labels| text(labels, "alertname")));
    let shown = annotation("description").or_else(|| annotation("message")).unwrap_or_default();
    let link = |name: &str, key: &str| text(alert, key).map(|url| Titled::link(name, url));
    let links = [
        link("Source", "generatorURL"),
        link("Dashboard", "dashboardURL"),
        link("Panel", "panelURL"),
        link("Silence", "silenceURL"),
        annotation("runbook_url").map(|url| Titled::link("Runbook", url)),
    ];
    let when = text(alert, if resolved { "endsAt" } else { "startsAt" }).and_then(|at| convert::unix(&at));
    Card {
        title: title.map(Titled::plain),
        text: Doc::text(&shown),
        fields: fields(labels, object(payload, "groupLabels")),
        footer: when
            .filter(|at| *at > 0)
            .map(|at| format!("{} {}", if resolved { "ended" } else { "since" }, convert::utc(at))),
        colour: Some(if resolved { 0x2e_b067 } else { 0xe0_2020 }),
        links: links.into_iter().flatten().collect(),
        images: text(alert, "imageURL").map(File::web).into_iter().collect(),
        ..Card::default()
    }
}

/// The labels that tell this alert from the others of its group, on one line.
fn fields(labels: Option<&Map<String, Value>>, group: Option<&Map<String, Value>>) -> Vec<Field> {
    let common = |key: &str| group.is_some_and(|group| group.contains_key(key));
    let told: Vec<String> = labels
        .into_iter()
        .flatten()
        .filter(|(key, _)| *key != "alertname" && !key.starts_with("__") && !common(key))
        .filter_map(|(key, value)| Some(format!("{key}={}", value.as_str()?)))
        .take(20)
        .collect();
    if told.is_empty() {
        return Vec::new();
    }
    vec![Field { name: String::new(), value: Doc::paragraph(vec![Inline::code(told.join(" "))]), short: false }]
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn group(status: &str) -> Value {
        json!({
            "version": "4", "groupKey": "{}:{alertname=\"DiskFull\"}", "status": status, "receiver": "matrix",
            "groupLabels": { "alertname": "DiskFull" }, "commonLabels": { "severity": "critical" },
            "externalURL": "http://am:9093",
            "alerts": [{
                "status": status, "labels": { "alertname": "DiskFull", "instance": "db1", "severity": "critical" },
                "annotations": { "summary": "Disk full on db1", "description": "97 %" },
                "startsAt": "2026-11-21T10:00:00Z", "endsAt": "0001-01-01T00:00:00Z",
                "generatorURL": "http://prom/graph", "fingerprint": "abc",
            }],
        })
    }

    #[test]
    fn a_group_is_one_message_and_one_incident() {
        let firing = read(Dialect::Alertmanager, group("firing").as_object().unwrap()).unwrap();
        assert_eq!((firing.urgency(), firing.state), (Priority::Urgent, State::Firing));
        let plain = convert::parts(&firing)[0].doc().unwrap().plain();
        for line in [
            "🔥 [FIRING:1] DiskFull",
            "🟥 Disk full on db1",
            "97 %",
            "instance=db1 severity=critical",
            "since 2026-11-21 10:00 UTC",
        ] {
            assert!(plain.contains(line), "{plain} without {line}");
        }
        let resolved = read(Dialect::Alertmanager, group("resolved").as_object().unwrap()).unwrap();
        assert_eq!((resolved.urgency(), resolved.state, &resolved.key), (Priority::Low, State::Resolved, &firing.key));
    }

    #[test]
    fn many_alerts_are_counted() {
        let mut many = group("firing");
        many["alerts"] = json!(vec![many["alerts"][0].clone(); 40]);
        let post = read(Dialect::Grafana, many.as_object().unwrap()).unwrap();
        assert!(convert::parts(&post)[0].doc().unwrap().plain().contains("and 28 more"));
        assert_eq!(read(Dialect::Grafana, &Map::new()), Err(Refusal::Empty));
    }
}
