//! `ChatMember`. <https://core.telegram.org/bots/api#chatmember>

use serde_json::{Value, json};

use super::user::user;
use crate::telegram::{
    model::{Member, Status, User},
    rights,
};

/// Somebody's place in a chat.
pub(crate) fn member(account: &User, place: &Member) -> Value {
    let mut shown = json!({"user": user(account), "status": place.status.name()});
    match place.status {
        Status::Creator | Status::Administrator => {
            shown["is_anonymous"] = json!(place.anonymous);
            if let Some(title) = &place.custom_title {
                shown["custom_title"] = json!(title);
            }
            if place.status == Status::Administrator {
                shown["can_be_edited"] = json!(place.by_bot);
                rights_of(&mut shown, &rights::ADMIN, place);
            }
        }
        Status::Restricted => {
            shown["is_member"] = json!(place.is_in);
            shown["until_date"] = json!(place.until);
            rights_of(&mut shown, &rights::MEMBER, place);
        }
        Status::Kicked => shown["until_date"] = json!(place.until),
        Status::Member | Status::Left => {}
    }
    shown
}

fn rights_of(shown: &mut Value, all: &[&str], place: &Member) {
    for right in all {
        shown[*right] = json!(place.rights.contains(*right));
    }
}
