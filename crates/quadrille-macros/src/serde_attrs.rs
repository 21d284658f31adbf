use crate::attrs;
use syn::{Attribute, Error, LitStr, Meta, Result, Token, punctuated::Punctuated};

/// Where an attribute stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// On an enum.
    Enum,
    /// On a struct.
    Struct,
    /// On a variant.
    Variant,
    /// On a field.
    Field,
}

/// Which side of serde a name is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Payloads that this code writes.
    Written,
    /// Payloads that it only reads.
    Read,
}

/// All entries of serde's attributes; those that would change more than a payload's fields are
/// refused where they stand.
pub fn entries(attributes: &[Attribute], place: Place) -> Result<Vec<Meta>> {
    let mut entries = Vec::new();
    for attr in attrs::named(attributes, "serde") {
        entries.extend(attr.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated)?);
    }
    for entry in &entries {
        if let Some(problem) = refusal(entry, place) {
            return Err(Error::new_spanned(entry.path(), problem));
        }
    }
    Ok(entries)
}

fn refusal(entry: &Meta, place: Place) -> Option<&'static str> {
    let name = entry.path().get_ident()?.to_string();
    match (place, name.as_str()) {
        (Place::Enum | Place::Struct | Place::Variant, "tag" | "content" | "untagged") => {
            Some("a payload holds fields only: the variant is named outside, by the type")
        }
        (Place::Enum | Place::Struct, "default") => {
            Some("put `#[serde(default)]` on the fields that may be missing")
        }
        (
            Place::Enum | Place::Struct,
            "remote" | "crate" | "transparent" | "from" | "try_from" | "into" | "bound",
        ) => Some("the derive needs this itself: put serde's attributes on variants and fields"),
        (Place::Variant, "rename" | "alias") => Some(
            "a variant's name is not in the payload: pin the type with `#[event(type = \"…\")]`, or name it in `#[reads(\"…\")]`",
        ),
        (Place::Variant, "skip" | "skip_serializing" | "skip_deserializing" | "other") => {
            Some("every variant is a type of its own and cannot be left out")
        }
        (Place::Field, "getter" | "borrow") => Some("fields are read directly and owned"),
        _ => None,
    }
}

/// The text of `key = "…"` or, for this side, of `key(serialize = "…", deserialize = "…")`.
pub fn text_of(entries: &[Meta], key: &str, side: Side) -> Result<Option<String>> {
    for entry in entries.iter().filter(|entry| entry.path().is_ident(key)) {
        let mut text = None;
        match entry {
            Meta::List(list) => list.parse_nested_meta(|meta| {
                let value: LitStr = attrs::text(&meta)?;
                let written = meta.path.is_ident("serialize");
                if written == (side == Side::Written) {
                    text = Some(value.value());
                }
                Ok(())
            })?,
            Meta::NameValue(pair) => {
                let value: LitStr = syn::parse2(quote::ToTokens::to_token_stream(&pair.value))?;
                text = Some(value.value());
            }
            Meta::Path(_) => {}
        }
        if text.is_some() {
            return Ok(text);
        }
    }
    Ok(None)
}

/// Whether an entry called `key` stands there.
pub fn has(entries: &[Meta], key: &str) -> bool {
    entries.iter().any(|entry| entry.path().is_ident(key))
}

/// Serde's rules for the names of fields.
pub fn apply_rule(rule: Option<&str>, field: &str) -> String {
    match rule {
        Some("UPPERCASE" | "SCREAMING_SNAKE_CASE") => field.to_ascii_uppercase(),
        Some("kebab-case") => field.replace('_', "-"),
        Some("SCREAMING-KEBAB-CASE") => field.to_ascii_uppercase().replace('_', "-"),
        Some("PascalCase") => pascal(field),
        Some("camelCase") => {
            let pascal = pascal(field);
            let mut chars = pascal.chars();
            let first = chars.next().map(|c| c.to_ascii_lowercase());
            first.into_iter().chain(chars).collect()
        }
        // Serde takes fields to be in snake case already.
        _ => field.to_owned(),
    }
}

fn pascal(field: &str) -> String {
    let capitalize = |word: &str| {
        let mut chars = word.chars();
        let first = chars.next().map(|c| c.to_ascii_uppercase());
        first.into_iter().chain(chars).collect::<String>()
    };
    field.split('_').map(capitalize).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(rule: &str, expected: &str) {
        assert_eq!(apply_rule(Some(rule), "total_cents_2"), expected, "{rule}");
    }

    #[test]
    fn fields_are_renamed_as_serde_does() {
        check("lowercase", "total_cents_2");
        check("UPPERCASE", "TOTAL_CENTS_2");
        check("PascalCase", "TotalCents2");
        check("camelCase", "totalCents2");
        check("snake_case", "total_cents_2");
        check("SCREAMING_SNAKE_CASE", "TOTAL_CENTS_2");
        check("kebab-case", "total-cents-2");
        check("SCREAMING-KEBAB-CASE", "TOTAL-CENTS-2");
    }
}
