use crate::{attrs, target::at};
use proc_macro2::TokenStream;
use quote::quote_spanned;
use syn::{Error, Field, Ident, Result};

/// The value of a field that `#[view(…)]` fills from the envelope.
pub fn value(field: &Field) -> Result<Option<TokenStream>> {
    let Some(attr) = attrs::one(&field.attrs, "view")? else {
        return Ok(None);
    };
    if field.ident.is_none() {
        let problem = "only a field with a name can be filled from the envelope";
        return Err(Error::new_spanned(attr, problem));
    }
    let part: Ident = attr.parse_args()?;
    let at = at(&field.ty);
    let value = match part.to_string().as_str() {
        "id" => quote_spanned!(at=> ::std::string::String::from(__envelope.stream.id())),
        "occurred_at" => quote_spanned!(at=> __envelope.metadata.occurred_at),
        "correlation" => quote_spanned!(at=> __envelope.metadata.correlation),
        "position" => quote_spanned!(at=> __envelope.position),
        "version" => quote_spanned!(at=> __envelope.version),
        "actor" => quote_spanned!(at=> ::core::clone::Clone::clone(&__envelope.metadata.actor)),
        _ => {
            let problem =
                "expected `id`, `occurred_at`, `correlation`, `position`, `version` or `actor`";
            return Err(Error::new(part.span(), problem));
        }
    };
    let of = &field.ty;
    Ok(Some(quote_spanned!(at=> <#of as ::core::convert::From<_>>::from(#value))))
}

/// Refuses `#[view(…)]` on fields of something that has no envelope; `why` says so.
pub fn refuse<'a>(fields: impl IntoIterator<Item = &'a Field>, why: &str) -> Result<()> {
    fields.into_iter().try_for_each(|field| attrs::refuse(&field.attrs, "view", why))
}
