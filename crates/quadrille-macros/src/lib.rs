//! The derives of Quadrille: `Event`, `Command`, `Rejection`, `View`, `Input` and `Row`.
