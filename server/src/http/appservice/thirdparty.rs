//! `/_matrix/client/v3/thirdparty/…`: the networks behind application services, and who and what is there.
//! Specified in the client-server API, «Third-party Networks». Services are asked at once, and one that does not answer
//! is left out.

use std::{collections::BTreeMap, sync::Arc};

use actix_web::HttpResponse;
use futures_util::future::join_all;
use registrations::Registration;
use ruma::api::client::thirdparty::{
    get_location_for_protocol, get_location_for_room_alias, get_protocol, get_protocols, get_user_for_protocol,
    get_user_for_user_id,
};
use serde_json::{Map, Value, json};

use crate::{
    app::App,
    delivery::{ask, call::segment},
    error::{MatrixError, Result},
    http::ruma::Ruma,
};

/// What stands in the query for this server, not for the network.
const OURS: [&str; 3] = ["access_token", "user_id", "device_id"];

/// All networks.
pub async fn protocols(_: Ruma<get_protocols::v3::Request>, app: App) -> Result<HttpResponse> {
    let mut names: Vec<String> = app.services.current().iter().flat_map(|service| service.protocols.clone()).collect();
    names.sort();
    names.dedup();
    let found = join_all(names.iter().map(|name| about(&app, name))).await;
    let known: Map<String, Value> =
        names.into_iter().zip(found).filter_map(|(name, about)| Some((name, about?))).collect();
    Ok(HttpResponse::Ok().json(known))
}

/// One network.
pub async fn protocol(request: Ruma<get_protocol::v3::Request>, app: App) -> Result<HttpResponse> {
    let found = about(&app, &request.body.protocol).await;
    let found = found.ok_or_else(|| MatrixError::not_found("No application service knows this network."))?;
    Ok(HttpResponse::Ok().json(found))
}

/// Places of a network, by fields it defines.
pub async fn location(request: Ruma<get_location_for_protocol::v3::Request>, app: App) -> Result<HttpResponse> {
    let ask = request.body;
    search(&app, "location", &ask.protocol, ask.fields).await
}

/// People of a network, by fields it defines.
pub async fn user(request: Ruma<get_user_for_protocol::v3::Request>, app: App) -> Result<HttpResponse> {
    let ask = request.body;
    search(&app, "user", &ask.protocol, ask.fields).await
}

/// The places that an alias stands for.
pub async fn by_alias(request: Ruma<get_location_for_room_alias::v3::Request>, app: App) -> Result<HttpResponse> {
    let alias = request.body.alias.to_string();
    let services = all(&app, |service| service.namespaces.aliases.covers(&alias));
    Ok(HttpResponse::Ok().json(gather(&app, services, "location", &[("alias".to_owned(), alias.clone())]).await))
}

/// The people that a user stands for.
pub async fn by_user(request: Ruma<get_user_for_user_id::v3::Request>, app: App) -> Result<HttpResponse> {
    let user = request.body.userid.to_string();
    let services = all(&app, |service| service.covers_user(&user, app.server_name().as_str()));
    Ok(HttpResponse::Ok().json(gather(&app, services, "user", &[("userid".to_owned(), user.clone())]).await))
}

/// What the services say about a network: the first one's word, with the instances of all.
async fn about(app: &App, protocol: &str) -> Option<Value> {
    let services = all(app, |service| service.protocols.iter().any(|known| known == protocol));
    let path = format!("protocol/{}", segment(protocol));
    let answers = join_all(services.iter().map(|service| ask::network(app, service, &path, &[]))).await;
    let mut merged: Option<Map<String, Value>> = None;
    let mut instances = Vec::new();
    for (service, answer) in services.iter().zip(answers) {
        let Some(Value::Object(mut answer)) = answer else { continue };
        if let Some(Value::Array(own)) = answer.remove("instances") {
            instances.extend(own.into_iter().map(|instance| named(service, instance)));
        }
        merged.get_or_insert(answer);
    }
    let mut merged = merged?;
    for (key, otherwise) in
        [("user_fields", json!([])), ("location_fields", json!([])), ("icon", json!("")), ("field_types", json!({}))]
    {
        merged.entry(key).or_insert(otherwise);
    }
    merged.insert("instances".to_owned(), Value::Array(instances));
    Some(Value::Object(merged))
}

/// An instance with the id by which clients ask for its rooms.
fn named(service: &Registration, mut instance: Value) -> Value {
    if let Value::Object(instance) = &mut instance
        && let Some(network) = instance.get("network_id").and_then(Value::as_str)
    {
        let id = format!("{}|{network}", service.id);
        instance.insert("instance_id".to_owned(), json!(id));
    }
    instance
}

async fn search(app: &App, what: &str, protocol: &str, fields: BTreeMap<String, String>) -> Result<HttpResponse> {
    let services = all(app, |service| service.protocols.iter().any(|known| known == protocol));
    if services.is_empty() {
        return Err(MatrixError::not_found("No application service knows this network."));
    }
    let fields: Vec<_> = fields.into_iter().filter(|(key, _)| !OURS.contains(&key.as_str())).collect();
    let found = gather(app, services, &format!("{what}/{}", segment(protocol)), &fields).await;
    Ok(HttpResponse::Ok().json(found))
}

fn all(app: &App, concerned: impl Fn(&Registration) -> bool) -> Vec<Arc<Registration>> {
    app.services.current().iter().filter(|service| concerned(service)).cloned().collect()
}

/// What all services have found, in one list.
async fn gather(app: &App, services: Vec<Arc<Registration>>, what: &str, query: &[(String, String)]) -> Vec<Value> {
    let answers = join_all(services.iter().map(|service| ask::network(app, service, what, query))).await;
    let lists = answers.into_iter().flatten().filter_map(|answer| match answer {
        Value::Array(found) => Some(found),
        _ => None,
    });
    lists.flatten().filter(Value::is_object).collect()
}
