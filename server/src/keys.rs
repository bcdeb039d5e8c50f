//! End-to-end encryption, as far as a server takes part: it keeps public keys, hands them out, and checks who signed.
//! Everything here is pure; rows are in [`store::keys`](crate::store::keys), endpoints in `http/client/keys_*.rs`.

pub mod backup;
pub mod query;
pub mod signed;
