//! Passwords, by Argon2id. Hashing takes tens of milliseconds and megabytes on purpose, so it happens off the async
//! threads and only a few times at once.

use std::sync::OnceLock;

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use tokio::sync::Semaphore;

use crate::error::{MatrixError, Result};

/// Longer ones are refused, so that nobody keeps us hashing megabytes.
const LONGEST: usize = 512;

/// Hashes computed at the same time.
const AT_ONCE: usize = 2;

/// The one place where passwords are hashed.
#[derive(Debug)]
pub struct Passwords {
    turn: Semaphore,
}

impl Default for Passwords {
    fn default() -> Self {
        Self { turn: Semaphore::new(AT_ONCE) }
    }
}

impl Passwords {
    /// The hash to keep.
    pub async fn hash(&self, password: String) -> Result<String> {
        check(&password)?;
        self.apart(move || hash(&password)).await?
    }

    /// Whether `password` is the one of `hash`. Takes as long when there is no hash, so that time does not tell
    /// whether a user exists.
    pub async fn verify(&self, hash: Option<String>, password: String) -> Result<bool> {
        if password.len() > LONGEST {
            return Ok(false);
        }
        self.apart(move || match hash {
            Some(hash) => matches(&hash, &password),
            None => {
                std::hint::black_box(matches(nobody(), &password));
                false
            }
        })
        .await
    }

    async fn apart<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let _turn = self.turn.acquire().await.map_err(MatrixError::internal)?;
        tokio::task::spawn_blocking(work).await.map_err(MatrixError::internal)
    }
}

fn check(password: &str) -> Result<()> {
    match password.len() {
        0 => Err(MatrixError::new(400, "M_WEAK_PASSWORD", "The password is empty.")),
        1..=LONGEST => Ok(()),
        _ => Err(MatrixError::invalid_param(format!("The password is longer than {LONGEST} bytes."))),
    }
}

fn hash(password: &str) -> Result<String> {
    let hash = Argon2::default().hash_password(password.as_bytes()).map_err(MatrixError::internal)?;
    Ok(hash.to_string())
}

fn matches(hash: &str, password: &str) -> bool {
    PasswordHash::new(hash).is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
}

/// The hash of a password nobody has.
fn nobody() -> &'static str {
    static NOBODY: OnceLock<String> = OnceLock::new();
    NOBODY.get_or_init(|| hash("nobody").unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_opens_its_own_hash_only() {
        let passwords = Passwords::default();
        let hash = passwords.hash("correct horse".to_owned()).await.unwrap();
        assert!(hash.starts_with("$argon2id$"));
        for (hash, password, expected) in [
            (Some(hash.clone()), "correct horse", true),
            (Some(hash), "correct hors", false),
            (None, "nobody", false),
            (Some("nonsense".to_owned()), "correct horse", false),
        ] {
            assert_eq!(passwords.verify(hash, password.to_owned()).await.unwrap(), expected);
        }
    }

    #[tokio::test]
    async fn empty_and_endless_passwords_are_refused() {
        let passwords = Passwords::default();
        assert_eq!(passwords.hash(String::new()).await.unwrap_err().errcode(), "M_WEAK_PASSWORD");
        assert_eq!(passwords.hash("x".repeat(513)).await.unwrap_err().errcode(), "M_INVALID_PARAM");
        assert!(!passwords.verify(None, "x".repeat(513)).await.unwrap());
    }
}
