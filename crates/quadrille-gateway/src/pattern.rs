use crate::status::shortened;
use regex::{Regex, RegexBuilder};
use tonic::Status;

/// Bytes that a client's pattern may take when it is compiled.
const COMPILED_BYTES: usize = 1 << 20;

/// A client's regular expression. It takes time linear in the text, whatever it is.
///
/// The official server's expressions know more than that allows. Of it the one thing that its
/// clients write by themselves is understood: `^(?!…)` at the beginning, for what not to read.
#[derive(Debug, Clone)]
pub(crate) struct Pattern {
    not: Option<Regex>,
    is: Regex,
}

impl Pattern {
    /// # Errors
    /// When it is no expression, or one that needs to look around.
    pub fn new(pattern: &str) -> Result<Self, Status> {
        if let Some((not, rest)) = pattern.strip_prefix("^(?!").and_then(split_group) {
            let not = compile(&format!("^(?:{not})"), pattern)?;
            return Ok(Self { not: Some(not), is: compile(&format!("^{rest}"), pattern)? });
        }
        Ok(Self { not: None, is: compile(pattern, pattern)? })
    }

    pub fn matches(&self, text: &str) -> bool {
        self.is.is_match(text) && !self.not.as_ref().is_some_and(|not| not.is_match(text))
    }
}

fn compile(pattern: &str, whole: &str) -> Result<Regex, Status> {
    RegexBuilder::new(pattern).size_limit(COMPILED_BYTES).build().map_err(|error| {
        let whole = shortened(whole);
        // Above its last line it shows the whole pattern.
        let error = error.to_string();
        let error = error.lines().last().unwrap_or_default();
        Status::invalid_argument(format!(
            "the gateway cannot use the filter {whole:?}: {error}; it has no look-around but ^(?!…) at the beginning, and no back references"
        ))
    })
}

/// Splits behind the `)` that closes a group whose `(` is gone.
fn split_group(text: &str) -> Option<(&str, &str)> {
    let (mut depth, mut escaped, mut class) = (1_usize, false, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '[' => class = true,
            ']' => class = false,
            '(' if !class => depth += 1,
            ')' if !class => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some((&text[..at], &text[at + 1..]));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pattern: &str, matching: &[&str], others: &[&str]) {
        let compiled = Pattern::new(pattern).unwrap();
        for text in matching {
            assert!(compiled.matches(text), "{pattern} matches {text}");
        }
        for text in others {
            assert!(!compiled.matches(text), "{pattern} does not match {text}");
        }
    }

    #[test]
    fn expressions_match_as_those_of_the_official_server() {
        check("order", &["my order"], &["payment"]);
        check("^order\\.(placed|paid)$", &["order.paid"], &["order.paid.late", "order"]);
        check("/^[^\\$].*/", &[], &["order"]);
        check("^[^\\$].*", &["order"], &["$metadata"]);
    }

    #[test]
    fn what_clients_write_to_leave_events_out_is_understood() {
        check(
            "^(?!(\\$.+$|PersistentConfig\\d+$|Result$))",
            &["order.placed", "Results", "PersistentConfig"],
            &["$metadata", "PersistentConfig1", "Result"],
        );
        check("^(?!(a[)]|b\\))).*c$", &["dc"], &["a)c", "b)c", "d"]);
    }

    #[test]
    fn what_would_take_too_long_is_refused() {
        for pattern in ["(?<=a)b", "a(?!b)", "(a)\\1", "(", "(((a{100}){100}){100}){100}"] {
            let error = Pattern::new(pattern).unwrap_err();
            assert!(error.message().contains("cannot use the filter"), "{error}");
        }
    }
}
