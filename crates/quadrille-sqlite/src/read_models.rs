//! Read models and engine state.
