//! Process managers: what they take, what they send, what they undo, and when.

mod flow;
mod small;
