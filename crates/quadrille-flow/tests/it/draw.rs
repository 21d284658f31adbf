//! Pictures of graphs.

mod geometry;
mod graphs;
mod page;
mod pictures;
mod sequence;
mod text;
