use super::SpecificationError;

/// A word, or a sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub kind: Kind<'a>,
    /// Where it begins, from 1.
    pub line: usize,
    pub column: usize,
    /// Whether there is nothing between it and the one before.
    pub joined: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind<'a> {
    Word(&'a str),
    /// In quotes: never one of the language's own words.
    Quoted(&'a str),
    Sign(char),
    End,
}

/// The words and signs of a specification, and their end.
pub(super) fn tokens(text: &str) -> Result<Vec<Token<'_>>, SpecificationError> {
    let mut found = Vec::new();
    let (mut line, mut begin, mut at, mut end) = (1, 0, 0, usize::MAX);
    while let Some(first) = text[at..].chars().next() {
        let column = text[begin..at].chars().count() + 1;
        let rest = &text[at..];
        let (kind, length) = match first {
            '\n' => {
                at += 1;
                (line, begin) = (line + 1, at);
                continue;
            }
            _ if first.is_whitespace() => {
                at += first.len_utf8();
                continue;
            }
            '#' => {
                at += rest.find('\n').unwrap_or(rest.len());
                continue;
            }
            '{' | '}' | ',' | '?' | '*' | '+' => (Kind::Sign(first), 1),
            '"' => quoted(rest).ok_or_else(|| {
                let problem = "a name in quotes ends on the same line: put a \" behind it";
                SpecificationError::at(line, column, problem)
            })?,
            _ if is_word(first) => {
                let length = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
                (Kind::Word(&rest[..length]), length)
            }
            _ => {
                let problem = format!(
                    "{first:?} means nothing here; put names that hold other characters than \
                     letters, digits and _ . - / : in quotes"
                );
                return Err(SpecificationError::at(line, column, problem));
            }
        };
        found.push(Token { kind, line, column, joined: at == end });
        at += length;
        end = at;
    }
    let column = text[begin..].chars().count() + 1;
    found.push(Token { kind: Kind::End, line, column, joined: false });
    Ok(found)
}

/// A name in quotes, and how long it is with them.
fn quoted(text: &str) -> Option<(Kind<'_>, usize)> {
    let name = &text[1..];
    let length = name.find(['"', '\n'])?;
    name[length..].starts_with('"').then(|| (Kind::Quoted(&name[..length]), length + 2))
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '.' | '-' | '/' | ':')
}

#[cfg(test)]
mod tests {
    use super::{Kind::*, *};

    #[test]
    fn words_and_signs_know_where_they_stand() {
        let text = "flow a {\n  ä.b? \"x y\" # c\n 2..3 }";
        let found = tokens(text).unwrap();
        let found: Vec<_> = found.iter().map(|t| (t.kind, t.line, t.column, t.joined)).collect();
        let expected = [
            (Word("flow"), 1, 1, false),
            (Word("a"), 1, 6, false),
            (Sign('{'), 1, 8, false),
            (Word("ä.b"), 2, 3, false),
            (Sign('?'), 2, 6, true),
            (Quoted("x y"), 2, 8, false),
            (Word("2..3"), 3, 2, false),
            (Sign('}'), 3, 7, false),
            (End, 3, 8, false),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn what_cannot_be_read_is_told_with_its_place() {
        let check = |text: &str, expected: &str| {
            assert_eq!(tokens(text).unwrap_err().to_string(), expected);
        };
        check("a\n \"b\nc\"", "2:2: a name in quotes ends on the same line: put a \" behind it");
        let rest = "means nothing here; put names that hold other characters than letters, digits and _ . - / : in quotes";
        check("a !", &format!("1:3: '!' {rest}"));
    }
}
