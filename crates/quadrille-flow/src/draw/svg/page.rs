//! From the plan's axes to the page's.

use crate::draw::{
    Direction,
    layout::{Area, Plan, Point, Size},
};

/// The space between two lanes.
const BETWEEN: f64 = 8.0;
/// The space between the last box and the end of its lane.
const AFTER: f64 = 24.0;

/// A rectangle on the page.
#[derive(Debug, Clone, Copy)]
pub struct Rect {
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
}

/// Where the plan lies on the page.
pub struct Page {
    direction: Direction,
    size: Size,
    left: f64,
    top: f64,
    /// Room for headings before the first box: in the direction of the flow where lanes stand side
    /// by side. 0 where there are no lanes.
    heading: f64,
}

impl Page {
    pub fn new(direction: Direction, plan: &Plan, left: f64, top: f64, heading: f64) -> Self {
        let heading = if direction == Direction::Down { heading } else { heading.min(AFTER) };
        Self { direction, size: plan.size, left, top, heading }
    }

    fn after(&self) -> f64 {
        if self.heading > 0.0 { AFTER } else { 0.0 }
    }

    fn along(&self) -> f64 {
        self.heading + self.size.along + self.after()
    }

    pub fn width(&self) -> f64 {
        match self.direction {
            Direction::Down => self.size.across,
            Direction::Right => self.along(),
        }
    }

    /// Where the drawing ends.
    pub fn bottom(&self) -> f64 {
        self.top
            + match self.direction {
                Direction::Down => self.along(),
                Direction::Right => self.size.across,
            }
    }

    pub fn point(&self, point: Point) -> (f64, f64) {
        let along = point.along + self.heading;
        match self.direction {
            Direction::Down => (self.left + point.across, self.top + along),
            Direction::Right => (self.left + along, self.top + point.across),
        }
    }

    pub fn rect(&self, area: Area) -> Rect {
        let (x, y) = self.point(area.at);
        let (width, height) = match self.direction {
            Direction::Down => (area.size.across, area.size.along),
            Direction::Right => (area.size.along, area.size.across),
        };
        Rect { x, y, width, height }
    }

    /// A lane that begins and ends here across.
    pub fn band(&self, (begin, end): (f64, f64)) -> Rect {
        let size = Size { along: self.along(), across: end - begin - BETWEEN };
        let at = Point { along: -self.heading, across: begin + BETWEEN / 2.0 };
        self.rect(Area { at, size })
    }
}

/// A coordinate with at most one decimal.
pub fn number(number: f64) -> String {
    let tenths = (number * 10.0).round();
    // Zero has no sign on a page.
    let tenths = if tenths == 0.0 { 0.0 } else { tenths };
    match tenths % 10.0 == 0.0 {
        true => format!("{:.0}", tenths / 10.0),
        false => format!("{:.1}", tenths / 10.0),
    }
}
