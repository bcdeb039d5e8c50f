//! Messages from device to device. They wait until the device has asked with a token from after them.

use sea_orm::{FromQueryResult, Value};

use super::{Atom, DeviceNid, Pos, Store, StoreError, list};
use crate::stream::{Change, What};

/// A message to be put into a device's queue.
#[derive(Clone, Debug)]
pub struct NewToDevice {
    /// The device.
    pub device: DeviceNid,
    /// Its user.
    pub owner: Atom,
    /// `sender`, `type` and `content` as JSON; for a service, as it is queued for it.
    pub json: String,
    /// The application service that is handed the message in place of the device's own queue.
    pub service: Option<Atom>,
}

/// A waiting message.
#[derive(Clone, Debug, FromQueryResult)]
pub struct ToDeviceRow {
    /// Where in the stream.
    pub pos: Pos,
    /// `sender`, `type` and `content` as JSON.
    pub json: String,
}

/// How long a transaction id is remembered.
const TXN_FOR_MS: i64 = 24 * 60 * 60 * 1000;

impl Store {
    /// Queues messages and announces them. A transaction that was seen before does nothing.
    pub async fn send_to_device(
        &self,
        (sender, device, txn): (Atom, DeviceNid, String),
        messages: Vec<NewToDevice>,
        now_ms: i64,
    ) -> Result<(), StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                tx.run("DELETE FROM to_device_txns WHERE ts < $1", [(now_ms - TXN_FOR_MS).into()]).await?;
                let sql = "INSERT INTO to_device_txns (sender, device, txn, ts) VALUES ($1, $2, $3, $4) \
                           ON CONFLICT (sender, device, txn) DO NOTHING";
                if tx.run(sql, [sender.into(), device.into(), txn.into(), now_ms.into()]).await? == 0 {
                    return Ok(());
                }
                let (handed, messages): (Vec<_>, Vec<_>) = messages.into_iter().partition(|one| one.service.is_some());
                for message in handed {
                    let Some(service) = message.service else { continue };
                    let pos = tx.position();
                    let sql = "INSERT INTO outbox (service, pos, payload) VALUES ($1, $2, $3)";
                    tx.run(sql, [service.into(), pos.into(), message.json.into()]).await?;
                    tx.announce(Change { pos, what: What::Outbox { service } });
                }
                for chunk in messages.chunks(100) {
                    let rows: Vec<String> = (0..chunk.len()).map(|row| list(row * 3 + 1, 3)).collect();
                    let mut values: Vec<Value> = Vec::with_capacity(chunk.len() * 3);
                    for message in chunk {
                        let pos = tx.position();
                        values.extend([pos.into(), message.device.into(), message.json.as_str().into()]);
                        tx.announce(Change { pos, what: What::ToDevice { user: message.owner } });
                    }
                    tx.run(format!("INSERT INTO to_device (pos, device, json) VALUES {}", rows.join(",")), values)
                        .await?;
                }
                Ok(())
            })
        })
        .await
    }

    /// The oldest messages waiting for a device, up to a position.
    pub async fn to_device(&self, device: DeviceNid, upto: Pos, limit: i64) -> Result<Vec<ToDeviceRow>, StoreError> {
        let sql = "SELECT pos, json FROM to_device WHERE device = $1 AND pos <= $2 ORDER BY pos LIMIT $3";
        self.all(sql, [device.into(), upto.into(), limit.into()]).await
    }

    /// The device has seen everything up to here.
    pub async fn delete_to_device(&self, device: DeviceNid, upto: Pos) -> Result<(), StoreError> {
        let sql = "DELETE FROM to_device WHERE device = $1 AND pos <= $2";
        self.run(sql, vec![device.into(), upto.into()]).await.map(drop)
    }
}
