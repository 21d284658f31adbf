//! Text for people.

/// A name as a terminal may show it: whoever chose it has not chosen what the terminal does.
pub(crate) fn printable(text: &str) -> String {
    text.replace(char::is_control, "·")
}
