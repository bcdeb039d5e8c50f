//! How updates reach the bot.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use serde_json::{Value, json};

use crate::house::House;

#[tokio::test]
async fn an_update_comes_again_until_it_is_confirmed() {
    let house = House::open().await;
    for text in ["one", "two"] {
        house.telegram.say(house.group, house.ada, text).unwrap();
    }
    let first = house.done("getUpdates", json!({"limit": 1})).await;
    let again = house.done("getUpdates", json!({"limit": 1})).await;
    assert_eq!(first, again);
    let offset = first[0]["update_id"].as_i64().unwrap() + 1;
    let rest = house.done("getUpdates", json!({ "offset": offset })).await;
    assert_eq!((rest.as_array().unwrap().len(), &rest[0]["message"]["text"]), (1, &json!("two")));
    house.telegram.pass(Duration::from_secs(24 * 3600 + 1));
    assert_eq!(house.done("getUpdates", json!({})).await, json!([]));
}

#[tokio::test]
async fn a_request_waits_until_there_is_something() {
    let house = House::open().await;
    let (t, group, ada) = (house.telegram.clone(), house.group, house.ada);
    let speaking = tokio::spawn(async move {
        t.wait_for(Duration::from_secs(30), |t| t.connected() == 1).await.unwrap();
        t.say(group, ada, "now").unwrap();
    });
    let heard = house.done("getUpdates", json!({"timeout": 50})).await;
    assert_eq!(heard[0]["message"]["text"], "now");
    speaking.await.unwrap();
}

#[tokio::test]
async fn the_second_to_ask_sends_the_first_away() {
    let house = House::open().await;
    let first = house.ask("getUpdates", json!({"timeout": 50}));
    let second = async {
        house.telegram.wait_for(Duration::from_secs(30), |t| t.connected() == 1).await.unwrap();
        house.ask("getUpdates", json!({"timeout": 0})).await
    };
    let ((status, body), (other, _)) = tokio::join!(first, second);
    assert_eq!((status, other), (409, 200));
    let description = body["description"].as_str().unwrap();
    assert!(description.starts_with("Conflict: terminated by other getUpdates request"), "{description}");
}

type Heard = Arc<Mutex<Vec<(String, Value)>>>;

/// Takes what is posted, but refuses the first.
async fn take(heard: web::Data<Heard>, request: HttpRequest, body: web::Json<Value>) -> HttpResponse {
    let secret = request.headers().get("x-telegram-bot-api-secret-token").unwrap().to_str().unwrap().to_owned();
    let mut heard = heard.lock().unwrap();
    heard.push((secret, body.into_inner()));
    if heard.len() == 1 { HttpResponse::InternalServerError().finish() } else { HttpResponse::Ok().finish() }
}

#[tokio::test]
async fn a_webhook_is_tried_until_it_takes_the_update() {
    let house = House::open().await;
    let heard: Heard = Arc::default();
    let data = web::Data::new(Arc::clone(&heard));
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/updates", listener.local_addr().unwrap());
    let app = move || App::new().app_data(data.clone()).route("/updates", web::post().to(take));
    let server = HttpServer::new(app).workers(1).disable_signals().listen(listener).unwrap().run();
    let handle = server.handle();
    std::thread::spawn(move || actix_web::rt::System::new().block_on(server));
    house.done("setWebhook", json!({"url": url, "secret_token": "s3cret"})).await;
    let refused = house.refused("getUpdates", json!({})).await;
    assert!(refused.starts_with("Conflict: can't use getUpdates method while webhook is active"), "{refused}");
    house.telegram.say(house.group, house.ada, "hello").unwrap();
    house.telegram.wait_for(Duration::from_secs(30), |t| t.pending_updates() == 0).await.unwrap();
    let heard = std::mem::take(&mut *heard.lock().unwrap());
    assert_eq!(heard.len(), 2);
    assert_eq!(heard[0], heard[1]);
    assert_eq!((heard[1].0.as_str(), &heard[1].1["message"]["text"]), ("s3cret", &json!("hello")));
    let info = house.done("getWebhookInfo", json!({})).await;
    assert_eq!(info["last_error_message"], "Wrong response from the webhook: 500 Internal Server Error");
    house.done("deleteWebhook", json!({})).await;
    handle.stop(false).await;
}
