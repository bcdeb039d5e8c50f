pub mod profile {
    pub async fn of(
        _: &crate::app::App,
        _: &ruma::UserId,
    ) -> crate::error::Result<serde_json::Map<String, serde_json::Value>> {
        Ok(Default::default())
    }
}
