use super::{Place, Problem, XesError, text::Text};
use quick_xml::{
    XmlVersion,
    events::{BytesDecl, BytesStart, Event},
};
use std::io::Read;

/// A tag with what XES puts into it.
#[derive(Debug)]
pub(super) struct Element {
    /// Its name, without a namespace.
    pub name: String,
    pub key: Option<String>,
    pub value: Option<String>,
    pub place: Place,
}

#[derive(Debug)]
pub(super) enum Token {
    Start(Element),
    End,
    /// The text has ended, here.
    Eof(Place),
}

/// A log's tags, one after the other.
pub(super) struct Tokens<R: Read> {
    reader: quick_xml::Reader<Text<R>>,
    buffer: Vec<u8>,
}

impl<R: Read> Tokens<R> {
    pub fn new(source: R) -> Self {
        let mut reader = quick_xml::Reader::from_reader(Text::new(source));
        reader.config_mut().expand_empty_elements = true;
        Self { reader, buffer: Vec::new() }
    }

    /// The next tag. Comments, white space and instructions are passed over.
    pub fn next(&mut self) -> Result<Token, XesError> {
        loop {
            self.buffer.clear();
            self.reader.get_mut().begin_piece();
            let place = self.reader.get_ref().place();
            let event = match self.reader.read_event_into(&mut self.buffer) {
                Ok(event) => event,
                Err(quick_xml::Error::Io(error)) => {
                    let error = std::io::Error::new(error.kind(), error);
                    return Err(Problem::Read(error).at(self.reader.get_ref().place()));
                }
                Err(error) => return Err(malformed(error).at(place)),
            };
            match event {
                Event::Start(tag) => return element(&tag, place).map(Token::Start),
                Event::End(_) => return Ok(Token::End),
                Event::Eof => return Ok(Token::Eof(place)),
                Event::Text(text) if text.trim().is_empty() => {}
                Event::Text(text) => return Err(stray_text(place.behind_space(&text))),
                Event::CData(_) | Event::GeneralRef(_) => return Err(stray_text(place)),
                Event::Decl(declaration) => check_encoding(&declaration, place)?,
                Event::Empty(_) | Event::Comment(_) | Event::PI(_) | Event::DocType(_) => {}
            }
        }
    }
}

fn stray_text(place: Place) -> XesError {
    Problem::NotXes("there is text where only tags belong".to_owned()).at(place)
}

fn malformed(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Problem {
    Problem::Malformed(error.into())
}

fn element(tag: &BytesStart<'_>, place: Place) -> Result<Element, XesError> {
    let name = AsRef::<str>::as_ref(&tag.local_name()).to_owned();
    let (mut key, mut value) = (None, None);
    for attribute in tag.attributes() {
        let attribute = attribute.map_err(|error| malformed(error).at(place))?;
        let slot = match attribute.key.0 {
            "key" => &mut key,
            "value" => &mut value,
            _ => continue,
        };
        let text = attribute.normalized_value(XmlVersion::Implicit1_0);
        *slot = Some(text.map_err(|error| malformed(error).at(place))?.into_owned());
    }
    Ok(Element { name, key, value, place })
}

fn check_encoding(declaration: &BytesDecl<'_>, place: Place) -> Result<(), XesError> {
    let Some(encoding) = declaration.encoding() else { return Ok(()) };
    let encoding = encoding.map_err(|error| malformed(error).at(place))?;
    if ["utf-8", "utf8", "us-ascii"].contains(&encoding.to_ascii_lowercase().as_str()) {
        return Ok(());
    }
    let problem = format!("the text is in {encoding}; only UTF-8 is read, so convert it first");
    Err(Problem::NotXes(problem).at(place))
}
