//! Where everything lies: a layered drawing after Sugiyama, Tagawa and Toda ("Methods for visual
//! understanding of hierarchical system structures", 1981), with lanes.
//!
//! `cycles` chooses the edges that lead back, `layers` gives each node its layer, `chains` leads
//! long edges through the layers between their ends, `order` orders each layer so that few edges
//! cross, `place` aligns what belongs together, and `route` draws the lines: `ports` says where they
//! meet boxes, `tracks` where they lead across. Edges and their labels have places in the layers as
//! nodes do: so no line passes behind a box, and no label covers anything.
//!
//! All of it knows two axes only: *along* the flow, and *across* it.

mod chains;
mod cycles;
mod layers;
mod order;
mod place;
mod ports;
mod route;
mod tracks;

/// What is to be laid out.
pub struct Problem {
    pub blocks: Vec<Block>,
    pub links: Vec<Link>,
    /// At least one.
    pub bands: Vec<Band>,
}

/// A box.
#[derive(Clone, Copy)]
pub struct Block {
    pub size: Size,
    pub band: usize,
    /// How much more begins here than ends here: such nodes come early.
    pub lead: i64,
}

/// A line from one box to another.
#[derive(Clone, Copy)]
pub struct Link {
    pub from: usize,
    pub to: usize,
    /// How much it matters that it leads forward; at least 1.
    pub weight: u64,
    pub label: Option<Size>,
}

/// What a lane needs.
#[derive(Clone, Copy)]
pub struct Band {
    /// Its least extent across.
    pub least: f64,
    /// Room before its first box.
    pub before: f64,
    /// Room after its last box.
    pub after: f64,
}

/// Extents along and across.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Size {
    pub along: f64,
    pub across: f64,
}

/// A place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    pub along: f64,
    pub across: f64,
}

/// A rectangle: its first corner and its extents.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Area {
    pub at: Point,
    pub size: Size,
}

/// Where everything lies.
pub struct Plan {
    pub size: Size,
    /// As the blocks were given.
    pub blocks: Vec<Area>,
    /// Where each band begins and ends across.
    pub bands: Vec<(f64, f64)>,
    /// As the links were given.
    pub routes: Vec<Route>,
}

/// The way of a line.
#[derive(Debug, Clone, PartialEq)]
pub struct Route {
    /// From the box where it begins to the box where it ends. Between two points a line leads
    /// straight along or across, or bends so that it keeps to the direction of the flow at both.
    /// Loops have four points, the second and third of which only attract them.
    pub points: Vec<Point>,
    pub label: Option<Area>,
    pub is_loop: bool,
}

/// What has a place in a layer: a block, or a part of a line that passes, with or without a label.
struct Item {
    layer: usize,
    band: usize,
    side: Side,
    part: Part,
    along: f64,
    /// Its extents to both sides of its line across.
    before: f64,
    after: f64,
    /// Its neighbours in the layers before and after.
    up: Vec<usize>,
    down: Vec<usize>,
}

#[derive(Clone, Copy, PartialEq)]
enum Part {
    Block,
    Label,
    Line,
}

/// Where an item lies in its band: lines between bands keep to the side of the band that they come
/// from or lead to, so that the middle is left to boxes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Side {
    Before,
    Middle,
    After,
}

/// Lays it out.
pub fn plan(problem: &Problem) -> Plan {
    let sequence = cycles::sequence(problem);
    let layers = layers::assign(problem, &sequence);
    let mut web = chains::build(problem, &sequence, &layers);
    order::reduce_crossings(&mut web);
    let (across, bands) = place::assign(&web, &problem.bands);
    route::draw(problem, &web, &across, bands)
}

/// Items in layers, and the chains of items that links are made of.
struct Web {
    items: Vec<Item>,
    /// Items in each layer, band by band.
    layers: Vec<Vec<usize>>,
    /// For each link, its items from the upper to the lower end; for loops there are none.
    chains: Vec<Vec<usize>>,
    /// Whether a link leads from its lower to its upper end.
    backward: Vec<bool>,
    /// Whether labels have layers of their own between those of the blocks.
    labelled: bool,
}

impl Item {
    /// Items are ordered within these.
    fn slot(&self) -> (usize, Side) {
        (self.band, self.side)
    }

    /// The room that it wants between itself and its neighbour.
    fn gap(&self) -> f64 {
        match self.part {
            Part::Block => 11.0,
            Part::Label => 5.0,
            Part::Line => 6.0,
        }
    }

    /// How far apart the lines of two neighbours must be.
    fn apart(&self, next: &Self) -> f64 {
        self.after + self.gap() + next.gap() + next.before
    }
}

/// Room on the far side of a block for its loops: the arc, and the label.
fn loop_room(label: Option<Size>) -> f64 {
    LOOP + label.map_or(4.0, |label| label.across + 4.0)
}

/// How far a loop reaches out.
const LOOP: f64 = 24.0;
