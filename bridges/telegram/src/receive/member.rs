//! Who is in a chat, and what they may do there.

use appservice_sdk::prelude::*;

use super::{View, person};
use crate::ids;
use crate::wire::{Member, MemberUpdate};

/// What changed about somebody's place in a chat.
pub(crate) fn membership(told: &MemberUpdate, update: i64, view: &View<'_>) -> Vec<Incoming> {
    let (before, after) = (&told.old_chat_member, &told.new_chat_member);
    if after.user.id == view.me {
        return Vec::new();
    }
    let mut what = Vec::new();
    if before.is_in() != after.is_in() {
        what.push(What::Member { joined: after.is_in() });
    }
    if after.is_in() && power(before) != power(after) {
        what.push(What::Power { level: power(after) });
    }
    let told = what.into_iter().enumerate().map(|(nth, what)| {
        let at = Timestamp::from_secs(told.date);
        let event = Incoming::new(ids::whole(told.chat.id), person(&after.user, view), at, what);
        event.with_key(format!("u:{update}:{nth}"))
    });
    told.collect()
}

/// How much somebody may do, as a power level of Matrix: an owner everything, an administrator who may put people out
/// or delete what they say half of it.
pub(crate) fn power(member: &Member) -> i64 {
    let moderates = member.can_restrict_members.unwrap_or(false) || member.can_delete_messages.unwrap_or(false);
    match member.status.as_str() {
        "creator" => 100,
        "administrator" if moderates => 50,
        _ => 0,
    }
}
