use super::{
    recorded::{IntoRecorded, Places},
    story::Story,
};
use crate::delivery::{Constraints, Item, Orders, told};
use quadrille_core::{
    Envelope, Recorded, Row, RowProjector, View,
    row::{Column, Value},
};
use std::collections::BTreeMap;

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

    /// Expects the same rows in whatever order the events come: which of two streams is written
    /// first is chance, unless one event caused the other ([`Draft::caused_by`](super::Draft)). At
    /// most 1,000 orders are tried; see [`delivery`](crate::delivery).
    ///
    /// # Panics
    /// When an order leads to other rows; the message names the two events that must not change
    /// places.
    #[track_caller]
    pub fn in_any_order(self) -> Self {
        self.in_orders(Orders::default())
    }

    /// As [`Rows::in_any_order`], with so many orders.
    ///
    /// # Panics
    /// As [`Rows::in_any_order`].
    #[track_caller]
    pub fn in_orders(self, orders: Orders) -> Self {
        let story = self.story();
        let constraints = Constraints::of(&self.items());
        let constraints = constraints.unwrap_or_else(|at| {
            story.fail(format_args!("{} stands before its cause", self.shown(at)))
        });
        let labels: Vec<_> = (0..self.events.len()).map(|at| self.shown(at)).collect();
        let project = |order: &[usize]| self.project(order).map(|table| lines::<R>(&table));
        if let Some(failure) = told(orders, &constraints, &labels, "the rows depend", project) {
            panic!("{failure}");
        }
        self
    }

    fn items(&self) -> Vec<Item> {
        let envelopes = self.events.iter().map(Recorded::envelope);
        let item = |event: &Envelope| Item {
            stream: event.stream.to_string(),
            ids: (event.id.0, Some(event.metadata.causation.0)),
        };
        envelopes.map(|event| item(event)).collect()
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
        self.project(order).unwrap_or_else(|problem| story.fail(problem))
    }

    fn project(&self, order: &[usize]) -> Result<Table<R>, String> {
        let unreadable = |problem| format!("a row is not read back from its columns: {problem}");
        let mut table = Table::<R>::new();
        for event in order.iter().map(|at| &self.events[*at]) {
            for key in (self.keys)(event) {
                let row = table.remove(&key).map(R::from_values);
                let row = row.unwrap_or_else(|| Ok(R::new(key.clone())));
                let mut row = row.map_err(unreadable)?;
                (self.apply)(&mut row, event);
                if !(self.is_gone)(&row) {
                    table.insert(key, row.values());
                }
            }
        }
        Ok(table)
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
