//! The Telegram bridge.
