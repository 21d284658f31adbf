//! The tour, in order.

mod add;

mod change;

mod rebuild;

mod park;

mod stop;

mod look_back;

pub use add::add;
pub use change::change;
pub use look_back::look_back;
pub use park::park;
pub use rebuild::rebuild;
pub use stop::stop;
