//! How read models are called on disk and in SQL.

use quadrille_core::{StoreError, state::Consumer};
use std::fmt::Write;

/// Longest name of a read model on disk; file systems allow 255 bytes with all suffixes.
const MAX_FILE_NAME_BYTES: usize = 200;

/// The file of a read model: `{name}.v{version}.db`, and `.g{generation}` before the end when it
/// was built anew. No two read models have the same.
pub(super) fn file_name(consumer: &Consumer) -> String {
    let mut file = encode(&consumer.name);
    // Writing to a string cannot fail.
    let _ = write!(file, ".v{}", consumer.version);
    if consumer.generation > 0 {
        let _ = write!(file, ".g{}", consumer.generation);
    }
    file + ".db"
}

/// A name that every file system takes: what is not a plain character is percent-encoded.
fn encode(name: &str) -> String {
    let mut encoded = String::with_capacity(name.len());
    for byte in name.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'_' | b'.' | b'-' => {
                encoded.push(byte.into());
            }
            // Writing to a string cannot fail.
            _ => _ = write!(encoded, "%{byte:02X}"),
        }
    }
    encoded
}

/// Refuses names that cannot be a file or an alias in queries.
pub(super) fn check(name: &str) -> Result<(), StoreError> {
    let refuse = |problem: &str| {
        Err(StoreError::unusable(format!("{name:?} as the name of a read model"), problem))
    };
    if name.is_empty() {
        return refuse("it is empty");
    }
    if encode(name).len() > MAX_FILE_NAME_BYTES {
        return refuse("it is too long for a file's name; shorten it");
    }
    if name.contains('\0') {
        return refuse("it holds a zero byte");
    }
    if name.eq_ignore_ascii_case("main") || name.eq_ignore_ascii_case("temp") {
        return refuse("SQLite calls its own databases so; choose another name");
    }
    Ok(())
}

/// An identifier in SQL, whatever is in it.
pub(super) fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use quadrille_core::state::ConsumerKind;

    fn check_file(name: &str, version: u32, generation: u32, expected: &str) {
        let kind = ConsumerKind::Projector;
        let consumer = Consumer { kind, name: name.into(), version, generation };
        assert_eq!(file_name(&consumer), expected);
    }

    #[test]
    fn files_are_named_for_the_model_and_safe() {
        check_file("balance", 1, 0, "balance.v1.db");
        check_file("balance", 2, 3, "balance.v2.g3.db");
        check_file("../søren/a b", 1, 0, "..%2Fs%C3%B8ren%2Fa%20b.v1.db");
        check_file("100%", 1, 0, "100%25.v1.db");
    }

    #[test]
    fn names_that_cannot_be_kept_are_refused() {
        for (name, part) in [("", "empty"), ("Main", "SQLite"), (&"ø".repeat(40), "too long")] {
            let error = check(name).unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        }
        assert!(check("state").is_ok());
    }

    #[test]
    fn identifiers_are_quoted() {
        assert_eq!(quote("a\"b"), "\"a\"\"b\"");
    }
}
