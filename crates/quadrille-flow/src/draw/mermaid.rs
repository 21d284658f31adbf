use super::{Style, picture::Picture};
pub fn draw(_: &Picture, _: &Style) -> String {
    String::new()
}
