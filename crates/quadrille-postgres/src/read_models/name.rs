//! How read models are called in the database.

use crate::server::Server;
use quadrille_core::{StoreError, state::Consumer};

/// PostgreSQL cuts longer names.
const MAX_NAME_BYTES: usize = 63;
/// The longest `_v4294967295_g4294967295`.
const MAX_SUFFIX_BYTES: usize = 24;

/// The schema of a read model's tables: `quadrille_balance_v1`, and `_g2` at the end when it was
/// built anew. No two read models have the same.
pub(super) fn namespace(server: &Server, consumer: &Consumer) -> String {
    let base = model_schema(server, &consumer.name);
    match consumer.generation {
        0 => format!("{base}_v{}", consumer.version),
        generation => format!("{base}_v{}_g{generation}", consumer.version),
    }
}

/// The schema in which a read model's live tables are found, whatever its version:
/// `quadrille_balance`.
pub(super) fn model_schema(server: &Server, name: &str) -> String {
    let most = MAX_NAME_BYTES - MAX_SUFFIX_BYTES - server.schema.len() - 1;
    format!("{}_{}", server.schema, plain(name, most))
}

/// The schema in which the live tables of all read models are found.
pub(super) fn views_schema(server: &Server) -> String {
    format!("{}_views", server.schema)
}

/// A name of lower-case letters, digits and `_`; one that had to be changed ends with a hash of what
/// it was. It never looks like a name with a version behind it, nor like that of all views.
fn plain(name: &str, most: usize) -> String {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let versioned = name.rsplit_once("_v").is_some_and(|(_, rest)| {
        rest.chars().all(|c| c.is_ascii_digit() || c == '_' || c == 'g') && !rest.is_empty()
    });
    let views = name == "views";
    if name.chars().all(fits) && name.len() <= most && !versioned && !views {
        return name.to_owned();
    }
    let kept: String = name
        .chars()
        .map(|c| c.to_ascii_lowercase())
        .map(|c| if fits(c) { c } else { '_' })
        .take(most - 9)
        .collect();
    format!("{kept}_{:08x}", hash(name))
}

/// FNV-1a.
fn hash(name: &str) -> u32 {
    name.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

/// Refuses names that cannot be kept.
pub(super) fn check(name: &str) -> Result<(), StoreError> {
    let refuse = |problem: &str| {
        Err(StoreError::unusable(format!("{name:?} as the name of a read model"), problem))
    };
    if name.is_empty() {
        return refuse("it is empty");
    }
    if name.contains('\0') {
        return refuse("it holds a zero byte");
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

    fn check_namespace(name: &str, version: u32, generation: u32, expected: &str) {
        let server = Server::parse("postgres://db/bank", None).unwrap();
        let kind = ConsumerKind::Projector;
        let consumer = Consumer { kind, name: name.into(), version, generation };
        let namespace = namespace(&server, &consumer);
        assert!(namespace.len() <= MAX_NAME_BYTES, "{namespace}");
        assert_eq!(namespace, expected);
    }

    #[test]
    fn schemas_are_named_for_the_model_and_never_too_long() {
        check_namespace("balance", 1, 0, "quadrille_balance_v1");
        check_namespace("balance", 2, 3, "quadrille_balance_v2_g3");
        check_namespace("Søren's \"b\"", 1, 0, "quadrille_s_ren_s__b__6e265172_v1");
        let long = "a very long name for a read model";
        let expected = "quadrille_a_very_long_name_for_aafbed1a_v4294967295_g4294967295";
        check_namespace(long, u32::MAX, u32::MAX, expected);
    }

    #[test]
    fn no_name_looks_like_the_version_of_another() {
        let server = Server::parse("postgres://db/bank", None).unwrap();
        assert_ne!(model_schema(&server, "balance_v1"), "quadrille_balance_v1");
        assert_eq!(model_schema(&server, "balance_version"), "quadrille_balance_version");
    }

    #[test]
    fn identifiers_are_quoted() {
        assert_eq!(quote("a\"b"), "\"a\"\"b\"");
    }
}
