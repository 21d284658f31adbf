/// Default persist mode: SyncAll, one fsync a write call.
async fn setup(t: &Target) -> anyhow::Result<(evento::Fjall, ViewDb)> {
    Ok((evento::Fjall::open(t.folder.join("fjall"))?, ViewDb::None))
}

peer_evento::evento_peer!(
    "fjall (LSM files)",
    "every commit is flushed",
    "events are bitcode, not JSON; its read model was kept in memory",
    evento::Fjall,
    setup
);
