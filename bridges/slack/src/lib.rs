//! The Slack bridge.
