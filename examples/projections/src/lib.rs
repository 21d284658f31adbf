//! What one does with read models in the life of a system, on a log that exists already.
//!
//! [`tour`] goes through it step by step and checks what it says as it goes.

mod shop;

mod show;

mod sales_by_item;

mod takings;

mod points;

mod deliveries;

mod held;

mod steps;

use shop::Shop;
use std::{error::Error, path::Path};

/// The folder beside the log in which the read models of this example lie.
pub const READ_MODELS: &str = "projections.read-models";

/// Adds read models to the log at `path`, changes one, builds them again, breaks one and recovers
/// it, lets one stop and go on.
///
/// # Errors
/// When there is no such log, when storage fails, or when something is not as it should be.
pub async fn tour(path: &Path) -> Result<(), Box<dyn Error>> {
    let shop = Shop::at(path)?;
    let events = shop.introduce().await?;
    steps::add(&shop).await?;
    steps::change(&shop).await?;
    steps::rebuild(&shop).await?;
    steps::park(&shop).await?;
    steps::stop(&shop).await?;
    steps::look_back(&shop, events).await
}
