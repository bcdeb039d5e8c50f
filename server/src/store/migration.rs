//! The schema, as changes in the order they were made. Hand-written SQL with one switch for the dialect.

mod m20261121_000001_rooms;
mod m20261121_000002_accounts;
            Box::new(m20261121_000005_delivery::Migration),
