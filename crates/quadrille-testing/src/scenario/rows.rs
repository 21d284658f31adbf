use super::{
    recorded::{IntoRecorded, Places},
    story::Story,
};
use quadrille_core::{
    Recorded, Row, RowProjector, View,
    row::{Column, Value},
};
use std::collections::BTreeMap;

/// Orders of events that [`Rows::in_any_order`] tries at most.
const MOST_ORDERS: usize = 1_000;

/// The rows of a row projector.
pub fn rows<R: RowProjector>() -> Rows<R, R::Event> {
    Rows {
        keys: Box::new(|event| R::keys(event).into_iter().collect()),
        apply: Box::new(|row, event| row.apply(event)),
        is_gone: R::is_gone,
        events: Vec::new(),
        places: Places::default(),
    }
}

/// The rows of a function, one for each stream.
pub fn fold<R: Row, E: View>(apply: impl Fn(&mut R, &Recorded<E>) + 'static) -> Rows<R, E> {
    const {
        assert!(
            R::KEYED_BY_STREAM,
            "mark the key field `#[row(stream_id)]`, or implement `RowProjector`"
        )
    };
    Rows {
        keys: Box::new(|event| R::stream_key(event.id()).into_iter().collect()),
        apply: Box::new(apply),
        is_gone: |_| false,
        events: Vec::new(),
        places: Places::default(),
    }
}

/// A read model of rows under test: see [`rows`] and [`fold`].
pub struct Rows<R: Row, E> {
    keys: Keys<R, E>,
    apply: Apply<R, E>,
    is_gone: fn(&R) -> bool,
    events: Vec<Recorded<E>>,
    places: Places,
}

type Keys<R, E> = Box<dyn Fn(&Recorded<E>) -> Vec<<R as Row>::Key>>;
type Apply<R, E> = Box<dyn Fn(&mut R, &Recorded<E>)>;
/// Rows as a table holds them: by key, in the order of the columns.
type Table<R> = BTreeMap<<R as Row>::Key, Vec<Value>>;

impl<R: Row, E: View> Rows<R, E> {
    /// Lets these events happen. Events without an envelope lie in one stream; see
    /// [`recorded`](super::recorded).
    pub fn given(mut self, events: impl IntoIterator<Item = impl IntoRecorded<E>>) -> Self {
        for event in events {
            self.events.push(event.into_recorded(&mut self.places));
        }
        self
    }

    /// Expects exactly these rows, in any order.
    ///
    /// # Panics
    /// When there are others, and when a row does not survive being written and read.
    #[track_caller]
    pub fn then(self, rows: impl IntoIterator<Item = R>) -> Self {
        let expected: Table<R> = rows.into_iter().map(|row| (row.key(), row.values())).collect();
        let (story, order) = (self.story(), (0..self.events.len()).collect::<Vec<_>>());
        let got = self.projected(&order, &story);
        story.same("the rows differ", &lines::<R>(&expected), &lines::<R>(&got));
        self
    }

    /// Expects no rows.
    ///
    /// # Panics
    /// When there are some.
    #[track_caller]
    pub fn then_nothing(self) -> Self {
        self.then([])
    }

    /// Expects the same rows however the events of different streams are interleaved: which of two
    /// streams is written first is chance, unless one caused the other. At most 1,000 orders are
    /// tried.
    ///
    /// # Panics
    /// When an order leads to other rows.
    #[track_caller]
    pub fn in_any_order(self) -> Self {
        let story = self.story();
        let as_given = self.projected(&(0..self.events.len()).collect::<Vec<_>>(), &story);
        for order in self.orders() {
            let got = self.projected(&order, &story);
            let mut told = story.clone();
            for (n, at) in order.iter().enumerate() {
                told.when(format_args!("{}. {}", n + 1, self.shown(*at)));
            }
            let problem = "the rows depend on which stream was written first";
            told.same(problem, &lines::<R>(&as_given), &lines::<R>(&got));
        }
        self
    }

    fn shown(&self, at: usize) -> String {
        let envelope = self.events[at].envelope();
        format!("{} in {}", envelope.event_type, envelope.stream)
    }

    fn story(&self) -> Story {
        let mut story = Story::default();
        (0..self.events.len()).for_each(|at| story.given(self.shown(at)));
        story
    }

    #[track_caller]
    fn projected(&self, order: &[usize], story: &Story) -> Table<R> {
        let mut table = Table::<R>::new();
        for event in order.iter().map(|at| &self.events[*at]) {
            for key in (self.keys)(event) {
                let row = table.remove(&key).map(R::from_values);
                let row = row.unwrap_or_else(|| Ok(R::new(key.clone())));
                let mut row = row.unwrap_or_else(|problem| {
                    story.fail(format_args!("a row is not read back from its columns: {problem}"))
                });
                (self.apply)(&mut row, event);
                if !(self.is_gone)(&row) {
                    table.insert(key, row.values());
                }
            }
        }
        table
    }

    /// Interleavings of the streams, each stream in its own order.
    fn orders(&self) -> Vec<Vec<usize>> {
        let mut streams: Vec<(String, Vec<usize>)> = Vec::new();
        for (at, event) in self.events.iter().enumerate() {
            let stream = event.envelope().stream.to_string();
            match streams.iter_mut().find(|(name, _)| *name == stream) {
                Some((_, places)) => places.push(at),
                None => streams.push((stream, vec![at])),
            }
        }
        let mut streams: Vec<_> = streams.into_iter().map(|(_, places)| places).collect();
        streams.iter_mut().for_each(|places| places.reverse());
        let mut orders = Vec::new();
        interleave(&mut streams, &mut Vec::new(), &mut orders);
        orders
    }
}

/// Takes the next event of each stream in turn; streams are stacks, their first event on top.
fn interleave(streams: &mut [Vec<usize>], taken: &mut Vec<usize>, orders: &mut Vec<Vec<usize>>) {
    if orders.len() == MOST_ORDERS {
        return;
    }
    if streams.iter().all(Vec::is_empty) {
        orders.push(taken.clone());
        return;
    }
    for stream in 0..streams.len() {
        if let Some(at) = streams[stream].pop() {
            taken.push(at);
            interleave(streams, taken, orders);
            taken.pop();
            streams[stream].push(at);
        }
    }
}

fn lines<R: Row>(table: &Table<R>) -> Vec<String> {
    table.values().map(|values| row(R::COLUMNS, values)).collect()
}

fn row(columns: &[Column], values: &[Value]) -> String {
    let cells = columns.iter().zip(values);
    let cells = cells.map(|(column, value)| format!("{}: {}", column.name, shown(value)));
    format!("{{{}}}", cells.collect::<Vec<_>>().join(", "))
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "null".into(),
        Value::Integer(number) => number.to_string(),
        Value::Real(number) => format!("{number:?}"),
        Value::Text(text) => format!("{text:?}"),
        Value::Blob(bytes) => format!("{bytes:02x?}"),
        Value::Bool(yes) => yes.to_string(),
        Value::Time(time) => Value::time_text(*time),
    }
}
