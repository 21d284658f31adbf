//! What a running app promises, on stores of both shapes.

mod crash;
mod domain;
mod execute;
mod history;
mod hot;
mod operation;
mod process;
mod projection;
mod reaction;
mod releases;
mod rival;
mod several;
mod support;
