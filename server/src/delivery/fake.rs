//! An application service on loopback that does as it is told: answers, fails, cuts, hangs. For tests.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use registrations::{Namespace, Registration, Space};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

/// What the service does with one request.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// Answers so.
    Answer(u16, &'static str),
    /// Does the work and closes the connection without an answer.
    Cut,
    /// Answers 200 after a while.
    Slow(Duration),
}

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Got {
    pub(crate) method: String,
    /// Without the query.
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) secret: String,
    pub(crate) body: String,
}

impl Got {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// The value of `key` in the content of each event.
    pub(crate) fn bodies(&self) -> Vec<String> {
        let body = self.json();
        let text = |event: &Value| event["content"]["body"].as_str().unwrap_or_default().to_owned();
        body["events"].as_array().unwrap().iter().map(text).collect()
    }
}

#[derive(Default)]
struct State {
    script: VecDeque<Act>,
    /// What is answered at a path, whatever the script says.
    at: Vec<(String, Act)>,
    got: Vec<Got>,
    busy: usize,
    busiest: usize,
}

/// A fake service. It answers 200 `{}` when its script is at an end.
pub(crate) struct Fake {
    pub(crate) registration: Registration,
    state: Arc<Mutex<State>>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Fake {
    /// Owns the users and aliases that begin with its id and an underscore.
    pub(crate) async fn start(id: &str) -> Self {
        let state = Arc::new(Mutex::new(State::default()));
        let (address, task) = listen("127.0.0.1:0", Arc::clone(&state)).await;
        let mut registration = Registration::generate(id, format!("{id}bot"));
        registration.url = Some(format!("http://{address}"));
        registration.namespaces.users = Space(vec![Namespace::new(&format!("@{id}_"), true).unwrap()]);
        registration.namespaces.aliases = Space(vec![Namespace::new(&format!("#{id}_"), true).unwrap()]);
        Self { registration, state, task }
    }

    /// Does these next, in this order.
    pub(crate) fn script(&self, acts: impl IntoIterator<Item = Act>) {
        self.state.lock().unwrap().script.extend(acts);
    }

    /// Does this whenever `path` is asked for.
    pub(crate) fn at(&self, path: &str, act: Act) {
        self.state.lock().unwrap().at.push((path.to_owned(), act));
    }

    /// What came so far.
    pub(crate) fn got(&self) -> Vec<Got> {
        self.state.lock().unwrap().got.clone()
    }

    /// How many requests were under way at once at most.
    pub(crate) fn busiest(&self) -> usize {
        self.state.lock().unwrap().busiest
    }

    /// Waits until `count` requests have come, and answers them.
    pub(crate) async fn after(&self, count: usize) -> Vec<Got> {
        self.until(|got| got.len() >= count).await
    }

    /// Waits until what came satisfies `enough`.
    pub(crate) async fn until(&self, enough: impl Fn(&[Got]) -> bool) -> Vec<Got> {
        for _ in 0..1500 {
            let got = self.got();
            if enough(&got) {
                return got;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("only this has come: {:#?}", self.got());
    }
}

async fn listen(address: &str, state: Arc<Mutex<State>>) -> (std::net::SocketAddr, tokio::task::JoinHandle<()>) {
    let listener = TcpListener::bind(address).await.unwrap();
    let address = listener.local_addr().unwrap();
    let task = tokio::spawn(async move {
        let mut connections = tokio::task::JoinSet::new();
        while let Ok((stream, _)) = listener.accept().await {
            connections.spawn(converse(stream, Arc::clone(&state)));
        }
    });
    (address, task)
}

/// One connection, kept alive.
async fn converse(stream: TcpStream, state: Arc<Mutex<State>>) {
    let mut stream = BufReader::new(stream);
    while let Some(got) = read(&mut stream).await {
        let act = {
            let mut state = state.lock().unwrap();
            state.busy += 1;
            state.busiest = state.busiest.max(state.busy);
            let fixed = state.at.iter().find(|(path, _)| got.path.starts_with(path)).map(|(_, act)| act.clone());
            state.got.push(got);
            fixed.or_else(|| state.script.pop_front()).unwrap_or(Act::Answer(200, "{}"))
        };
        let (status, body) = match act {
            Act::Answer(status, body) => (status, body),
            Act::Slow(time) => {
                tokio::time::sleep(time).await;
                (200, "{}")
            }
            Act::Cut => {
                state.lock().unwrap().busy -= 1;
                return;
            }
        };
        state.lock().unwrap().busy -= 1;
        let answer = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\n\r\n{body}", body.len());
        if stream.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}

async fn read(stream: &mut BufReader<TcpStream>) -> Option<Got> {
    use tokio::io::AsyncBufReadExt;
    let mut head = Vec::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        let line = line.trim_end().to_owned();
        if line.is_empty() {
            break;
        }
        head.push(line);
    }
    let header = |name: &str| {
        let named = |line: &&String| line.to_lowercase().starts_with(&format!("{name}:"));
        head.iter().find(named).and_then(|line| line.split_once(':')).map(|(_, value)| value.trim().to_owned())
    };
    let length = header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    let mut first = head[0].split(' ');
    let (method, target) = (first.next()?.to_owned(), first.next()?);
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    Some(Got {
        method,
        path: path.to_owned(),
        query: query.to_owned(),
        secret: header("authorization").unwrap_or_default(),
        body: String::from_utf8(body).unwrap(),
    })
}
