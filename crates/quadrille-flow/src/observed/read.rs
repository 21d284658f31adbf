use super::Miner;
use quadrille_core::{EventStore, Position, StoreError, store::Direction};

/// Events of a page: enough that few pages are asked for, and few enough to lie in memory.
const PAGE: usize = 2_000;

/// Reads a log from where a miner stands to its end, page by page. Called again, it goes on with
/// what has come since.
///
/// # Errors
/// When the store cannot be read; what was read before counts, and the next call goes on there.
pub async fn read_on(store: &dyn EventStore, miner: &mut dyn Miner) -> Result<(), StoreError> {
    let query = miner.query();
    loop {
        let from = miner.through().unwrap_or(Position::START);
        let page = store.read(&query, from, Direction::Forward, PAGE).await?;
        page.events.iter().for_each(|event| miner.push(event));
        let Some(through) = page.through else { return Ok(()) };
        miner.reach(through.position);
        if !page.more {
            return Ok(());
        }
    }
}
