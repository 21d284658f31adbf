//! Graphs to draw.

use quadrille_flow::graph::{Change, Edge, Graph, Kind, Latency, Node};
use std::path::Path;

/// A graph that is written down component by component.
#[derive(Default)]
pub struct Flow {
    nodes: Vec<Node>,
    edges: Vec<Edge>,
    component: Option<(String, String)>,
}

impl Flow {
    fn component(&mut self, component: &str, owner: &str) -> &mut Self {
        self.component = Some((component.to_owned(), owner.to_owned()));
        self
    }

    fn node(&mut self, kind: Kind, name: &str) -> String {
        let (component, owner) = self.component.clone().unzip();
        let node = Node { component, owner, ..Node::new(kind, name) };
        let id = node.id.clone();
        self.nodes.push(node);
        id
    }

    fn command(&mut self, name: &str, emits: &[&str]) -> &mut Self {
        let command = self.node(Kind::Command, name);
        for event in emits {
            let event = self.node(Kind::Event, event);
            self.edges.push(Edge::new(&command, event));
        }
        self
    }

    fn handler(&mut self, kind: Kind, name: &str, reads: &[&str], sends: &[&str]) -> &mut Self {
        let handler = self.node(kind, name);
        self.edges.extend(reads.iter().map(|event| Edge::new(*event, &handler)));
        let sends = sends.iter().map(|command| Edge::new(&handler, Kind::Command.id(command)));
        self.edges.extend(sends);
        self
    }

    fn on(&mut self, name: &str, reads: &[&str], sends: &[&str]) -> &mut Self {
        self.handler(Kind::Reaction, name, reads, sends)
    }

    fn process(&mut self, name: &str, reads: &[&str], sends: &[&str]) -> &mut Self {
        self.handler(Kind::Process, name, reads, sends)
    }

    fn deadline(&mut self, process: &str, name: &str) -> &mut Self {
        let (process, deadline) = (Kind::Process.id(process), self.node(Kind::Deadline, name));
        self.edges.extend([Edge::new(&process, &deadline), Edge::new(deadline, process)]);
        self
    }

    fn projector(&mut self, name: &str, reads: &[&str]) -> &mut Self {
        self.handler(Kind::Projector, name, reads, &[])
    }

    fn graph(&self) -> Graph {
        Graph::new(self.nodes.clone(), self.edges.clone())
    }
}

/// What the example `order-fulfilment` declares.
pub fn order_fulfilment() -> Graph {
    let mut flow = Flow::default();
    flow.component("sales", "team-sales")
        .command("order.place", &["order.placed"])
        .command(
            "order.note_reserved",
            &["order.stock_reserved", "order.ready", "order.reserved_too_late"],
        )
        .command("order.note_paid", &["order.paid", "order.ready", "order.paid_too_late"])
        .command("order.note_delivered", &["order.delivered"])
        .command("order.cancel", &["order.cancelled"])
        .command("order.note_lost", &["order.cancelled"])
        .on("note-reserved", &["stock.reserved"], &["order.note_reserved"])
        .on("cancel-without-stock", &["stock.ran_out"], &["order.cancel"])
        .on("note-paid", &["payment.captured"], &["order.note_paid"])
        .on("note-delivered", &["shipment.delivered"], &["order.note_delivered"])
        .on("note-lost", &["shipment.lost"], &["order.note_lost"])
        .process(
            "payment-deadline",
            &["order.placed", "payment.captured", "order.cancelled"],
            &["order.cancel"],
        )
        .deadline("payment-deadline", "payment-deadline.overdue");
    flow.component("warehouse", "team-warehouse")
        .command("stock.receive", &["stock.received"])
        .command("stock.reserve", &["stock.reserved", "stock.ran_out"])
        .command("stock.release", &["stock.released"])
        .command("stock.issue", &["stock.issued"])
        .on("reserve-stock", &["order.placed"], &["stock.reserve"])
        .on("release-stock", &["order.cancelled"], &["stock.release"])
        .on("release-late-stock", &["order.reserved_too_late"], &["stock.release"])
        .on("issue-stock", &["shipment.dispatched"], &["stock.issue"])
        .on("return-unsent-stock", &["shipment.lost"], &["stock.release"]);
    flow.component("till", "team-payments")
        .command("payment.request", &["payment.requested"])
        .command("payment.retry", &["payment.requested"])
        .command("payment.capture", &["payment.captured"])
        .command("payment.fail", &["payment.failed"])
        .command("payment.void", &["payment.voided"])
        .command("payment.refund", &["payment.refunded"])
        .on("request-payment", &["order.placed"], &["payment.request"])
        .on("refund-cancelled", &["order.cancelled"], &["payment.refund", "payment.void"])
        .on("refund-late-payment", &["order.paid_too_late"], &["payment.refund"])
        .process(
            "collection",
            &["payment.requested", "payment.failed", "payment.captured"],
            &["payment.retry", "order.cancel"],
        );
    flow.component("dispatch", "team-logistics")
        .command("shipment.request", &["shipment.requested"])
        .command("shipment.dispatch", &["shipment.dispatched"])
        .command("shipment.deliver", &["shipment.delivered"])
        .command("shipment.chase", &["shipment.chased"])
        .command("shipment.give_up", &["shipment.lost"])
        .on("request-shipment", &["order.ready"], &["shipment.request"])
        .process(
            "shipment-deadline",
            &["shipment.requested", "shipment.delivered"],
            &["shipment.chase", "shipment.give_up"],
        )
        .deadline("shipment-deadline", "shipment-deadline.late");
    flow.component("notifications", "team-customers")
        .on("email", &["order.placed", "order.cancelled", "payment.refunded"], &[])
        .on("sms", &["shipment.dispatched", "shipment.lost"], &[])
        .on("push", &["order.delivered"], &[]);
    flow.component("reporting", "team-finance")
        .projector("orders", &["order.placed", "order.ready", "order.delivered", "order.cancelled"])
        .projector(
            "stock",
            &[
                "stock.received",
                "stock.reserved",
                "stock.released",
                "stock.issued",
                "stock.ran_out",
            ],
        )
        .projector("payments", &["payment.requested", "payment.captured", "payment.refunded"])
        .projector(
            "parcels",
            &[
                "shipment.requested",
                "shipment.dispatched",
                "shipment.chased",
                "shipment.delivered",
                "shipment.lost",
            ],
        )
        .projector("customers", &["order.placed", "order.delivered"])
        .projector("revenue", &["payment.captured", "payment.refunded"]);
    flow.component("outside", "simulated")
        .process("bank", &["payment.requested"], &["payment.capture", "payment.fail"])
        .process(
            "carrier",
            &["shipment.requested", "shipment.dispatched"],
            &["shipment.dispatch", "shipment.deliver"],
        );
    flow.graph()
}

/// A stretched coin: a number from 0 to 1 that depends on these words alone.
fn luck(words: &[&str]) -> f64 {
    // FNV-1a, which is the same everywhere.
    let hash = words.iter().flat_map(|word| word.bytes()).fold(0xcbf2_9ce4_8422_2325, |hash, b| {
        (hash ^ u64::from(b)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    (hash >> 11) as f64 / (1_u64 << 53) as f64
}

/// The graph, as if it had been observed.
pub fn observed(mut graph: Graph) -> Graph {
    for edge in &mut graph.edges {
        let luck = luck(&[&edge.from, &edge.to]);
        edge.count = Some((10_f64.powf(luck * 4.0)) as u64 + 1);
        edge.share = Some((1.0 - luck * luck).max(0.01));
        let p50_micros = 10_f64.powf(3.0 + luck * 8.0) as u64;
        let latency =
            Latency { p50_micros, p95_micros: p50_micros * 3, p99_micros: p50_micros * 7 };
        edge.latency = Some(latency);
        edge.rejected = if luck > 0.9 { 17 } else { 0 };
    }
    for node in &mut graph.nodes {
        node.count = Some(10_f64.powf(luck(&[&node.id]) * 4.0) as u64 + 1);
    }
    graph
}

/// The graph, as if some of it had been added and some removed.
pub fn changed(mut graph: Graph) -> Graph {
    let change = |name: &str| match name {
        name if name.contains("refund") => Change::Added,
        name if name.contains("collection") || name.contains("retry") => Change::Removed,
        _ => Change::None,
    };
    for node in &mut graph.nodes {
        node.change = change(&node.id);
    }
    for edge in &mut graph.edges {
        edge.change = match (change(&edge.from), change(&edge.to)) {
            (Change::None, other) => other,
            (one, _) => one,
        };
    }
    graph
}

/// The loan applications of a bank, which the data beside the workspace tells of. `None` where it
/// is missing, which is said aloud.
pub fn bank() -> Option<Graph> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let folder = std::env::var_os("QUADRILLE_DATA").map_or_else(beside, Into::into);
    let path = folder.join("bpic2012-directly-follows.csv");
    if !path.is_file() {
        eprintln!("skipped: there is no {} (name its folder in QUADRILLE_DATA)", path.display());
        return None;
    }
    let text = std::fs::read_to_string(path).expect("the file is readable");
    let edge = |line: &str| {
        let fields: Vec<&str> = line.split(',').collect();
        let count = Some(fields[2].trim().parse().expect("a count"));
        Edge { count, ..Edge::new(fields[0], fields[1]) }
    };
    let mut edges: Vec<Edge> = text.lines().skip(1).map(edge).collect();
    let leaving = |from: &str, edges: &[Edge]| -> u64 {
        edges.iter().filter(|edge| edge.from == from).filter_map(|edge| edge.count).sum()
    };
    let sums: Vec<u64> = edges.iter().map(|edge| leaving(&edge.from, &edges)).collect();
    for (edge, sum) in edges.iter_mut().zip(sums) {
        edge.share = edge.count.map(|count| count as f64 / sum as f64);
    }
    let names = edges.iter().flat_map(|edge| [edge.from.clone(), edge.to.clone()]);
    let node = |name: String| {
        let starts = if name == "A_SUBMITTED" { 13_087 } else { 0 };
        Node { count: Some(leaving(&name, &edges)), starts, ..Node::new(Kind::Event, name) }
    };
    let nodes: Vec<Node> = names.map(node).collect();
    Some(Graph::new(nodes, edges))
}

/// Many nodes in a few lanes, with links that luck chooses, most of them to what is near.
pub fn many(nodes: usize, edges: usize, lanes: usize) -> Graph {
    let kinds = [Kind::Command, Kind::Event, Kind::Reaction, Kind::Process, Kind::Projector];
    let name = |at: usize| format!("node-{at:04}.with_a_name");
    let nodes_of = (0..nodes).map(|at| Node {
        component: (lanes > 0).then(|| format!("component-{}", at * lanes / nodes)),
        ..Node::new(kinds[at % kinds.len()], name(at))
    });
    let nodes_of: Vec<Node> = nodes_of.collect();
    let edges = (0..edges).map(|at| {
        let from = at % nodes;
        let near = 1 + (luck(&["far", &at.to_string()]).powi(3) * nodes as f64) as usize;
        let to = (from + near) % nodes;
        Edge::new(&nodes_of[from].id, &nodes_of[to].id)
    });
    Graph::new(nodes_of.clone(), edges.collect::<Vec<_>>())
}

/// Names that every format might take for something else.
pub fn hostile() -> Graph {
    let names = [
        "\"quoted\" and 'so'",
        "<script>alert(1)</script> & <b>",
        "two\nlines\r\nand\ttabs \0 \u{1b}[31m",
        "];}{)( end subgraph",
        "%%{init: {'theme':'forest'}}%% #35; #quot;",
        "back\\slash \\N \\n `code` **bold**",
        "-->|label| A---B; style n0 fill:#f00",
        "größer → 訂單已送達 🚚",
        "&amp; &lt;b&gt; &#65;",
        "",
        "end",
        "a_very_long_name_that_goes_on_and_on.and_on_and_on_until_nobody_reads_it_any_more",
    ];
    let node = |name: &str| Node {
        component: Some(format!("lane of {}", name.chars().take(4).collect::<String>())),
        owner: Some("<o\"wner>".to_owned()),
        ..Node::new(Kind::Event, name)
    };
    let nodes: Vec<Node> = names.into_iter().map(node).collect();
    let edges = names.windows(2).map(|pair| Edge::new(pair[0], pair[1]));
    Graph::new(nodes.clone(), edges)
}
