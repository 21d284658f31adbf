//! The derives of Quadrille. Use them through the facade crate `quadrille`.
//!
//! Each derive reads a declaration (an enum of events, of commands, of inputs; a row's struct) and
//! writes the implementation of the trait of the same name in `quadrille-core`. What a declaration
//! gets wrong is said where it stands.
//!
//! `target` is what every derive begins with, `attrs` and `names` read and check what stands
//! in attributes. `serde_attrs`, `fields` and `mirror` let serde do the payloads without
//! asking users for its derives. `reads` and `envelope` are what views and inputs share.

mod target;

mod attrs;

mod names;

mod serde_attrs;

mod fields;

mod mirror;

mod envelope;

mod reads;

mod event;

mod view;

mod command;

mod rejection;

mod input;

mod on;

mod row;

use proc_macro::TokenStream;
use target::{Target, expand};

/// Makes an enum the events of an aggregate, one variant for each type.
///
/// ```
/// use quadrille_core::Event as _;
/// use quadrille_macros::Event;
///
/// #[derive(Event)]
/// # #[quadrille(crate = "quadrille_core")]
/// #[event(category = "account")]
/// enum AccountEvent {
///     Opened {
///         #[event(tag)]
///         owner: String,
///     },
///     #[event(type = "account.deposit")] // keeps its old name in the log
///     Deposited { cents: i64 },
/// }
/// assert_eq!(AccountEvent::TYPES[0].name, "account.opened");
/// assert_eq!(AccountEvent::Deposited { cents: 5 }.encode()?, br#"{"cents":5}"#);
/// # Ok::<(), quadrille_core::EncodeError>(())
/// ```
///
/// - `#[event(category = "account")]` on the enum names the category of its streams.
/// - `#[event(type = "…")]` on a variant pins the type in the log, which is
///   `category.snake_case_variant` otherwise.
/// - `#[event(was(V1, V2))]` on a variant lists the payloads of its older versions, the oldest
///   first: types that implement serde's `Deserialize` and `Into` of the enum. The version that is
///   written is their number and one.
/// - `#[event(tag)]` on a field makes it a tag by which the event is found.
///
/// A payload holds the variant's fields and nothing else; serde's attributes on fields and
/// variants decide how they are written. Where their names cannot be known (a newtype's inner
/// value, a flattened field), the recorded fields say `*`.
#[proc_macro_derive(Event, attributes(event, quadrille, serde))]
pub fn derive_event(input: TokenStream) -> TokenStream {
    expand(input, event::derive)
}

/// Makes an enum or a struct a consumer's own reading of events, its own or others'.
///
/// ```
/// use quadrille_core::view::reads_of;
/// use quadrille_macros::View;
///
/// #[derive(View)]
/// # #[quadrille(crate = "quadrille_core")]
/// enum Sale {
///     #[reads("order.placed", versions = 1..=2)]
///     Placed {
///         #[view(id)]
///         order: String,
///         #[serde(rename = "total_cents")]
///         cents: i64,
///     },
///     Money(Captured), // another view: a union over producers
/// }
/// #[derive(View)]
/// # #[quadrille(crate = "quadrille_core")]
/// #[reads("payment.captured", "payment.settled")]
/// struct Captured {
///     order: String,
/// }
/// assert_eq!(reads_of::<Sale>().len(), 3);
/// ```
///
/// - `#[reads("type", …)]` on a variant, or on a struct, names the event types. Only schema
///   version 1 is read unless it says `version = 3` or `versions = 1..=3`.
/// - `#[view(id)]` on a field fills it from the event's envelope: the stream's `id`, the
///   `occurred_at` time, the `correlation`, the `position`, the `version` or the `actor`.
/// - A variant without `#[reads]` holds another view.
#[proc_macro_derive(View, attributes(reads, view, quadrille, serde))]
pub fn derive_view(input: TokenStream) -> TokenStream {
    expand(input, view::derive)
}

/// Makes an enum the commands of an aggregate, one variant each.
///
/// A command's name in the log is its variant in snake case. `#[emits(OrderEvent::Placed,
/// Cancelled)]` on a variant declares the events that it may lead to: it sharpens the declared
/// graph, and the test kit checks it. A path with the enum is checked by the compiler, and so are
/// bare names behind one.
#[proc_macro_derive(Command, attributes(emits, quadrille, serde))]
pub fn derive_command(input: TokenStream) -> TokenStream {
    expand(input, command::derive)
}

/// Makes an error type the refusals of an aggregate, beside `thiserror::Error`.
///
/// The code is the struct's or the variant's name in snake case, unless
/// `#[rejection(code = "…")]` on it says otherwise.
#[proc_macro_derive(Rejection, attributes(rejection, quadrille))]
pub fn derive_rejection(input: TokenStream) -> TokenStream {
    expand(input, rejection::derive)
}

/// Makes an enum everything that a process manager reacts to, and with it the declared graph.
///
/// - `#[process(key = order)]` on the enum names the field that says which instance an event
///   belongs to; every variant that reads events has it.
/// - `#[on("order.placed", "order.imported", …)]` reads events, with `version` and `versions` as
///   in a view; fields may be filled from the envelope with `#[view(id)]`.
/// - `#[on(deadline, …)]` is a deadline of the process's own.
/// - `#[on(rejected, …)]` takes refusals of its commands; the variant holds one `Rejected`.
///
/// Behind the trigger stands what may follow: `starts` (an instance may begin here),
/// `sends(Stock::Reserve, …)`, `sets(PaymentOverdue, …)`, `compensates`, `completes`, and `late`
/// (instances that have completed are handed this as well). Aggregates, commands and deadlines
/// that do not exist are errors.
#[proc_macro_derive(Input, attributes(process, on, view, quadrille, serde))]
pub fn derive_input(input: TokenStream) -> TokenStream {
    expand(input, input::derive)
}

/// Makes a struct the row of a read model; the table comes from it.
///
/// - `#[row(stream_id)]` on a `String` field: one row for each stream, by the stream's id.
/// - `#[row(key)]` on one or more fields: rows by keys that the projector names.
/// - `#[row(table = "…", version = 2)]` on the struct: the table's name, which is the struct's in
///   snake case otherwise, and the read model's version.
#[proc_macro_derive(Row, attributes(row, quadrille))]
pub fn derive_row(input: TokenStream) -> TokenStream {
    expand(input, row::derive)
}

type Derive = fn(&Target) -> syn::Result<proc_macro2::TokenStream>;
