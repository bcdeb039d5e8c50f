//! Cases for the gateway, against a small bridge of their own.

use actix_web::{App as Actix, HttpServer};
use registrations::Registration;

use super::*;

/// A bridge that tells what it was asked.
async fn bridge() -> String {
    async fn echo(request: HttpRequest, body: web::Bytes) -> HttpResponse {
        let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or("-");
        let text = format!(
            "{} {} {} te={} for={} {}",
            request.method(),
            request.uri(),
            header("x-mine"),
            header("te"),
            header("x-forwarded-for"),
            String::from_utf8_lossy(&body)
        );
        HttpResponse::Accepted().insert_header(("x-theirs", "1")).insert_header(("content-type", "text/x")).body(text)
    }
    serve(|config| {
        config.default_service(web::to(echo));
    })
    .await
}

async fn serve(configure: fn(&mut web::ServiceConfig)) -> String {
    let server = HttpServer::new(move || Actix::new().configure(configure)).workers(1).disable_signals();
    let server = server.bind(("127.0.0.1", 0)).unwrap();
    let address = server.addrs()[0];
    tokio::spawn(server.run());
    format!("http://{address}")
}

/// The gateway on a port of its own, before services with an enabled webhook bridge and one of somebody else.
async fn gateway(services: &Services) -> String {
    let gateway = web::Data::new(Gateway::new(services.clone(), 1000).unwrap());
    let server = HttpServer::new(move || {
        Actix::new()
            .app_data(gateway.clone())
            .route(
                "/hooks/{rest:.*}",
                web::to(|gateway: web::Data<Gateway>, request: HttpRequest, body: web::Payload| async move {
                    gateway.hook(request, body.into_inner()).await
                }),
            )
            .default_service(web::to(
                |gateway: web::Data<Gateway>, request: HttpRequest, body: web::Payload| async move {
                    gateway.bridge(request, body.into_inner()).await
                },
            ))
    });
    let server = server.workers(1).disable_signals().bind(("127.0.0.1", 0)).unwrap();
    let address = server.addrs()[0];
    tokio::spawn(server.run());
    format!("http://{address}")
}

fn services(folder: &std::path::Path) -> Services {
    for id in ["webhooks", "irc"] {
        let mut registration = Registration::generate(id, format!("{id}bot"));
        registration.url = (id == "irc").then(|| "http://127.0.0.1:1".to_owned());
        registration.save(&folder.join(format!("{id}.yaml"))).unwrap();
    }
    let services = Services::open("h", [folder.to_owned()]);
    services.supervise("webhooks");
    services
}

#[tokio::test]
async fn a_request_reaches_the_bridge_and_its_answer_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let services = services(folder.path());
    services.set_address("webhooks", Some(bridge().await));
    let base = gateway(&services).await;
    let client = reqwest::Client::new();
    for (path, seen) in [
        ("/hooks/a%2Fb?x=1&y", "/hooks/a%2Fb?x=1&y"),
        ("/_bridge/webhooks/_bridge/v1/hooks", "/_bridge/v1/hooks"),
        ("/_bridge/webhooks/", "/"),
    ] {
        let request = client.post(format!("{base}{path}")).header("x-mine", "2").header("te", "trailers");
        let answer = request.body("hello").send().await.unwrap();
        assert_eq!(answer.status(), 202);
        assert_eq!(
            (answer.headers()["x-theirs"].as_bytes(), answer.headers()["content-type"].as_bytes()),
            (&b"1"[..], &b"text/x"[..])
        );
        assert_eq!(answer.text().await.unwrap(), format!("POST {seen} 2 te=- for=127.0.0.1 hello"));
    }
}

#[tokio::test]
async fn what_is_not_for_a_bridge_of_the_house_is_not_there() {
    let folder = tempfile::tempdir().unwrap();
    let services = services(folder.path());
    services.set_address("webhooks", Some(bridge().await));
    let base = gateway(&services).await;
    for path in [
        "/_bridge/irc/x",
        "/_bridge/smoke/x",
        "/_bridge/webhooks",
        "/_bridge/webhooks/_matrix/app/v1/transactions/1",
        "/_bridge/webhooks/%5Fmatrix/app/v1/ping",
    ] {
        assert_eq!(reqwest::get(format!("{base}{path}")).await.unwrap().status(), 404, "{path}");
    }
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_refused_with_and_without_its_length() {
    let folder = tempfile::tempdir().unwrap();
    let services = services(folder.path());
    services.set_address("webhooks", Some(bridge().await));
    let base = gateway(&services).await;
    let known = reqwest::Body::from(vec![b'x'; 1001]);
    let chunks = (0..100).map(|_| Ok::<_, std::io::Error>(Bytes::from(vec![b'x'; 100])));
    let unknown = reqwest::Body::wrap_stream(futures_util::stream::iter(chunks));
    for body in [known, unknown] {
        let answer = reqwest::Client::new().post(format!("{base}/hooks/a")).body(body).send().await.unwrap();
        assert_eq!(answer.status(), 413);
    }
}

#[tokio::test]
async fn a_bridge_that_restarts_is_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let services = services(folder.path());
    let base = gateway(&services).await;
    let asked = tokio::spawn(reqwest::get(format!("{base}/hooks/a")));
    tokio::time::sleep(Duration::from_millis(100)).await;
    services.set_address("webhooks", Some(bridge().await));
    assert_eq!(asked.await.unwrap().unwrap().status(), 202);

    services.set_address("webhooks", Some("http://127.0.0.1:1".to_owned()));
    let answer = reqwest::get(format!("{base}/hooks/a")).await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.headers()["retry-after"].as_bytes()), (503, &b"5"[..]));
    assert_eq!(answer.text().await.unwrap(), "unavailable");
}
