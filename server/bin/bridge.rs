//! `causeway bridge NETWORK`.

/// The bridges of this program.
pub(crate) const NETWORKS: [&str; 0] = [];
