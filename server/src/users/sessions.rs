//! Signing in and out, and who holds a token. Specified in the client-server API, «Client authentication».

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use registrations::{Token, token};
use ruma::{OwnedDeviceId, OwnedUserId, UserId};

use super::account::now;
use crate::{
    app::App,
    error::{MatrixError, Result},
    store::{
        Atom, DeviceNid, StoreError,
        devices::{NewDevice, NewTokens, TokenHash, TokenRow},
    },
};

/// How long an access token lives that can be refreshed. Others live until they are signed out.
const ACCESS_FOR: Duration = Duration::from_secs(60 * 60);

/// How often it is written down that a device was seen.
const SEEN_EVERY_MS: i64 = 5 * 60 * 1000;

/// What an access token stands for.
#[derive(Debug)]
pub struct Session {
    /// `@name:server`.
    pub user_id: OwnedUserId,
    /// The user's number.
    pub user: Atom,
    /// May administer the server.
    pub admin: bool,
    /// A guest.
    pub guest: bool,
    /// The device's id.
    pub device_id: OwnedDeviceId,
    /// The device's number.
    pub device: DeviceNid,
    /// Milliseconds since 1970.
    expires: Option<i64>,
    seen: AtomicI64,
}

/// Whom to sign in.
#[derive(Clone, Debug)]
pub struct SignIn {
    /// The user's number.
    pub user: Atom,
    /// The device to take over or make; a new one with a random id if not given.
    pub device_id: Option<OwnedDeviceId>,
    /// What to call a device that is made.
    pub display_name: Option<String>,
    /// Whether the client can refresh: then the access token is short-lived.
    pub refreshable: bool,
}

/// What the client is given.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The device.
    pub device_id: OwnedDeviceId,
    /// The access token, told once.
    pub access_token: String,
    /// The refresh token, told once.
    pub refresh_token: Option<String>,
    /// How long the access token lives.
    pub expires_in: Option<Duration>,
}

/// Makes a device, or takes one over, and tokens for it.
pub async fn sign_in(app: &App, who: SignIn) -> Result<SignedIn> {
    let device_id = who.device_id.unwrap_or_else(random_device);
    if device_id.as_str().is_empty() || device_id.as_str().len() > 512 {
        return Err(MatrixError::invalid_param("The device id is empty or too long."));
    }
    let (tokens, signed_in) = new_tokens(app, device_id.clone(), who.refreshable);
    let device = NewDevice { owner: who.user, device_id: device_id.into(), display_name: who.display_name.map(short) };
    let (_, void) = app.store.sign_in(device, Some(tokens)).await?;
    app.users.sessions.forget(&void);
    Ok(signed_in)
}

/// Exchanges a refresh token for the next tokens.
pub async fn refresh(app: &App, refresh_token: &str) -> Result<SignedIn> {
    let row = app.store.token(token::hash(refresh_token)).await?.filter(|row| row.refresh);
    let row = row.ok_or_else(MatrixError::unknown_token)?;
    settle(app, &row).await?;
    let (tokens, signed_in) = new_tokens(app, row.device_id.into(), true);
    let void = app.store.refresh(row.device, row.generation, tokens).await?;
    app.users.sessions.forget(&void);
    Ok(signed_in)
}

/// Signs out devices of a user and deletes them: those named, or all but one.
pub async fn sign_out(app: &App, user: Atom, only: Option<Vec<String>>, but: Option<DeviceNid>) -> Result<()> {
    let void = app.store.delete_devices(user, only, but).await?;
    app.users.sessions.forget(&void);
    app.users.devices.forget_all();
    Ok(())
}

/// Who holds this access token. `M_UNKNOWN_TOKEN` if nobody does, with `soft_logout` if it ran out.
pub async fn session(app: &App, access_token: &str) -> Result<Arc<Session>> {
    let hash = token::hash(access_token);
    let session = app.users.sessions.get(hash, load(app, hash)).await?.ok_or_else(MatrixError::unknown_token)?;
    if session.expires.is_some_and(|expires| expires <= now(app)) {
        return Err(MatrixError::expired_token());
    }
    Ok(session)
}

async fn load(app: &App, hash: TokenHash) -> Result<Option<Arc<Session>>> {
    let Some(row) = app.store.token(hash).await?.filter(|row| !row.refresh) else { return Ok(None) };
    settle(app, &row).await?;
    let user_id = UserId::parse(&row.user_id).map_err(|_| StoreError::Damaged(format!("user {}", row.user_id)))?;
    Ok(Some(Arc::new(Session {
        user_id,
        user: row.owner,
        admin: row.admin,
        guest: row.guest,
        device_id: row.device_id.into(),
        device: row.device,
        expires: row.expires,
        seen: AtomicI64::new(0),
    })))
}

/// The first use of a newer token ends the older ones.
async fn settle(app: &App, row: &TokenRow) -> Result<()> {
    if row.oldest < row.generation {
        let void = app.store.settle_generation(row.device, row.generation).await?;
        app.users.sessions.forget(&void);
    }
    Ok(())
}

/// Notes now and then that the device was seen, without keeping the request waiting.
pub fn saw(app: &App, session: &Session, ip: Option<std::net::IpAddr>) {
    let (seen, now) = (session.seen.load(Ordering::Relaxed), now(app));
    let due = now - seen >= SEEN_EVERY_MS;
    if !due || session.seen.compare_exchange(seen, now, Ordering::Relaxed, Ordering::Relaxed).is_err() {
        return;
    }
    let (app, device) = (app.clone(), session.device);
    tokio::spawn(async move {
        if let Err(error) = app.store.saw_device(device, ip.map(|ip| ip.to_string()), now).await {
            tracing::warn!(%error, "a device's last visit was not written down");
        }
    });
}

fn new_tokens(app: &App, device_id: OwnedDeviceId, refreshable: bool) -> (NewTokens, SignedIn) {
    let (access, refresh) = (Token::random(), refreshable.then(Token::random));
    let expires_in = refreshable.then_some(ACCESS_FOR);
    let millis = |period: Duration| i64::try_from(period.as_millis()).unwrap_or(i64::MAX);
    let tokens = NewTokens {
        access: access.hash(),
        expires: expires_in.map(|period| now(app) + millis(period)),
        refresh: refresh.as_ref().map(Token::hash),
    };
    let signed_in = SignedIn {
        device_id,
        access_token: access.reveal().to_owned(),
        refresh_token: refresh.map(|token| token.reveal().to_owned()),
        expires_in,
    };
    (tokens, signed_in)
}

fn random_device() -> OwnedDeviceId {
    let bytes: [u8; 10] = rand::random();
    let id: String = bytes.iter().map(|byte| char::from(b'A' + byte % 26)).collect();
    id.into()
}

/// Names of devices are shown in lists; nobody needs more than a line.
fn short(name: String) -> String {
    name.chars().take(100).collect()
}
