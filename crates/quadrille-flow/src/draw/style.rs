//! How a picture is to look.

/// How a picture is to look. The default shows everything that the graph holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Style {
    /// What stands above the picture.
    pub title: Option<String>,
    /// What stands below the title.
    pub subtitle: Option<String>,
    /// Whether it is light or dark.
    pub theme: Theme,
    /// Where effects lie, seen from their causes.
    pub direction: Direction,
    /// What the lanes stand for.
    pub lanes: Lanes,
    /// What the colour of an edge says.
    pub colour: Colour,
    /// What is written on an edge, where it is known.
    pub labels: Vec<Measure>,
    /// Draw no more edges than this: those that were seen most often.
    pub most: Option<usize>,
    /// Leave out edges that were seen less often than this.
    pub min_count: Option<u64>,
    /// Leave out edges whose share of what leaves their cause is smaller than this, from 0 to 1.
    pub min_share: Option<f64>,
}

/// Whether a picture is light or dark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Theme {
    /// As the reader's system is.
    #[default]
    Auto,
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

/// Where effects lie, seen from their causes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Direction {
    /// Below them; lanes stand side by side.
    #[default]
    Down,
    /// To their right; lanes lie one above the other.
    Right,
}

/// What the lanes of a picture stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Lanes {
    /// There are none.
    None,
    /// The components that nodes belong to.
    #[default]
    Component,
    /// Those who answer for the nodes.
    Owner,
}

/// What the colour of an edge says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Colour {
    /// The difference if there is any, else the latency if it is known, else nothing.
    #[default]
    Auto,
    /// Nothing.
    Plain,
    /// How long half of the effects took.
    Latency,
    /// What was added and what was removed.
    Difference,
}

/// Something that is known of an edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// How often it was seen.
    Count,
    /// Its part of all that left its cause. Not written where it is all of it.
    Share,
    /// How long half of the effects took.
    Latency,
    /// How many effects were refused. Not written where there was none.
    Rejected,
}

impl Default for Style {
    fn default() -> Self {
        use Measure::{Count, Latency, Rejected, Share};
        Self {
            title: None,
            subtitle: None,
            theme: Theme::default(),
            direction: Direction::default(),
            lanes: Lanes::default(),
            colour: Colour::default(),
            labels: vec![Count, Share, Latency, Rejected],
            most: None,
            min_count: None,
            min_share: None,
        }
    }
}

impl Style {
    /// The default, with a title.
    pub fn titled(title: impl Into<String>) -> Self {
        Self { title: Some(title.into()), ..Self::default() }
    }
}
