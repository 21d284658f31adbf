use crate::{
    draw::text::{count, xml},
    graph::Kind,
    text::printable,
};

/// HTML that is being written. Whatever is not markup goes through [`safe`].
#[derive(Default)]
pub struct Html {
    pub text: String,
}

/// Text as HTML wants it, also within quotes.
pub fn safe(text: &str) -> String {
    xml(&printable(text))
}

/// The name of a node, marked with its kind.
pub fn node(id: &str) -> String {
    let (kind, name) = parts(id);
    format!("<code class=\"node {kind}\" title=\"{kind}\">{}</code>", safe(name))
}

/// The kind and the name that an id holds.
fn parts(id: &str) -> (&str, &str) {
    use Kind::{Command, Deadline, External, Process, Projector, Reaction};
    let kinds = [Command, Reaction, Process, Deadline, Projector, External];
    let known = |kind: &str| kinds.iter().any(|known| known.id("") == format!("{kind}:"));
    match id.split_once(':') {
        Some((kind, name)) if kind == "component" || known(kind) => (kind, name),
        _ => ("event", id),
    }
}

/// Some names, one behind the other.
pub fn nodes<'a>(ids: impl IntoIterator<Item = &'a String>) -> String {
    let names: Vec<String> = ids.into_iter().map(|id| node(id)).collect();
    names.join(" ")
}

/// Someone who answers for something.
pub fn owner(owner: Option<&String>) -> String {
    match owner {
        Some(owner) => format!("<span class=\"owner\">{}</span>", safe(owner)),
        None => "<span class=\"owner nobody\">nobody</span>".to_owned(),
    }
}

/// A number of things.
pub fn counted(number: usize, one: &str, many: &str) -> String {
    format!("{} {}", count(number as u64), if number == 1 { one } else { many })
}

impl Html {
    /// Markup as it is.
    pub fn raw(&mut self, markup: &str) {
        self.text.push_str(markup);
    }

    pub fn open(&mut self, name: &str, class: &str) {
        match class {
            "" => self.raw(&format!("<{name}>\n")),
            class => self.raw(&format!("<{name} class=\"{class}\">\n")),
        }
    }

    pub fn close(&mut self, name: &str) {
        self.raw(&format!("</{name}>\n"));
    }

    /// An element that holds text.
    pub fn element(&mut self, name: &str, class: &str, text: &str) {
        self.filled(name, class, &safe(text));
    }

    /// An element that holds markup.
    pub fn filled(&mut self, name: &str, class: &str, markup: &str) {
        match class {
            "" => self.raw(&format!("<{name}>{markup}</{name}>\n")),
            class => self.raw(&format!("<{name} class=\"{class}\">{markup}</{name}>\n")),
        }
    }

    /// Begins a section with a heading and what it is about.
    pub fn section(&mut self, id: &str, heading: &str, about: &str) {
        self.raw(&format!("<section id=\"{id}\">\n"));
        self.element("h2", "", heading);
        if !about.is_empty() {
            self.element("p", "about", about);
        }
    }

    /// The head of a table: headings, with a class for each.
    pub fn table(&mut self, columns: &[(&str, &str)]) {
        self.raw("<div class=\"scroll\"><table>\n<thead><tr>");
        for (heading, class) in columns {
            self.raw(&format!("<th scope=\"col\" class=\"{class}\">{}</th>", safe(heading)));
        }
        self.raw("</tr></thead>\n<tbody>\n");
    }

    /// A row of cells of markup, with the class of each column.
    pub fn row(&mut self, columns: &[(&str, &str)], cells: &[String]) {
        self.raw("<tr>");
        for ((_, class), cell) in columns.iter().zip(cells) {
            self.raw(&format!("<td class=\"{class}\">{cell}</td>"));
        }
        self.raw("</tr>\n");
    }

    pub fn end_table(&mut self) {
        self.raw("</tbody>\n</table></div>\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_says_what_it_is_of() {
        let check = |id, expected| assert_eq!(parts(id), expected);
        check("order.placed", ("event", "order.placed"));
        check("command:order.place", ("command", "order.place"));
        check("component:sales", ("component", "sales"));
        check("urn:x", ("event", "urn:x"));
    }

    #[test]
    fn no_name_becomes_markup() {
        assert_eq!(safe("<b a=\"x\">&\u{202e}\n"), "&lt;b a=&quot;x&quot;&gt;&amp;··");
    }
}
