//! The SQL schemas of Quadrille, as constants.
