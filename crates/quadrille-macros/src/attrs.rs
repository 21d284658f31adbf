use syn::{Attribute, Error, LitStr, Result, meta::ParseNestedMeta};

/// The attributes called `name`.
pub fn named<'a>(attrs: &'a [Attribute], name: &'a str) -> impl Iterator<Item = &'a Attribute> {
    attrs.iter().filter(move |attr| attr.path().is_ident(name))
}

/// The attribute called `name`, which may stand there once.
pub fn one<'a>(attrs: &'a [Attribute], name: &'a str) -> Result<Option<&'a Attribute>> {
    let mut found = named(attrs, name);
    let first = found.next();
    match found.next() {
        Some(second) => Err(Error::new_spanned(second, format!("`#[{name}]` stands here twice"))),
        None => Ok(first),
    }
}

/// Hands every entry of the attributes called `name` to `read`.
pub fn each(
    attrs: &[Attribute],
    name: &str,
    mut read: impl FnMut(ParseNestedMeta<'_>) -> Result<()>,
) -> Result<()> {
    named(attrs, name).try_for_each(|attr| attr.parse_nested_meta(&mut read))
}

/// The text behind `=`.
pub fn text(meta: &ParseNestedMeta<'_>) -> Result<LitStr> {
    meta.value()?.parse()
}

/// Refuses the attribute called `name`; `instead` says where it belongs or what to write.
pub fn refuse(attrs: &[Attribute], name: &str, instead: &str) -> Result<()> {
    named(attrs, name).next().map_or(Ok(()), |attr| Err(Error::new_spanned(attr, instead)))
}

/// The first text that stands twice is an error; `what` says what it is.
pub fn unique<'a>(texts: impl IntoIterator<Item = &'a LitStr>, what: &str) -> Result<()> {
    let mut seen = std::collections::HashSet::new();
    for text in texts {
        if !seen.insert(text.value()) {
            let problem = format!("{what} \"{}\" stands here twice", text.value());
            return Err(Error::new(text.span(), problem));
        }
    }
    Ok(())
}
