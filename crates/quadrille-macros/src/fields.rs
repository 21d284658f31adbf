use crate::{
    attrs,
    serde_attrs::{self, Place, Side},
    target::Target,
};
use proc_macro2::TokenStream;
use quote::quote;
use syn::{Field, Fields, Meta, Result, Type, ext::IdentExt};

/// What a declaration tells of one field of a payload.
enum Known {
    Name {
        name: String,
        optional: bool,
    },
    /// Its own fields lie in the payload, and the declaration does not name them.
    Rest,
    /// It is not in the payload.
    Absent,
}

/// The fields of a payload as `&'static [Field]`. `container` and `inner` are serde's entries on
/// the enum and the variant, or on the struct and nothing.
///
/// The names are those that serde will use. A newtype's payload is its inner value, and the fields
/// of a flattened one lie among the others: their names are unknown here, and `Field::REST` says
/// so. The fields of a tuple are its places.
pub fn recorded(
    target: &Target,
    fields: &Fields,
    inner: &[Meta],
    side: Side,
) -> Result<TokenStream> {
    let k = &target.private;
    let container = serde_attrs::entries(&target.attrs, container_place(target))?;
    let rule = match serde_attrs::text_of(inner, "rename_all", side)? {
        None => serde_attrs::text_of(&container, container_rule(target), side)?,
        rule => rule,
    };
    let custom = ["with", "serialize_with", "deserialize_with"];
    if custom.iter().any(|key| serde_attrs::has(inner, key)) {
        return Ok(quote!(&[#k::Field::REST]));
    }
    let payload = fields.iter().filter(|field| !is_from_envelope(field));
    let known = payload.map(|field| known(field, rule.as_deref(), side));
    let known = known.collect::<Result<Vec<_>>>()?;
    let newtype = matches!(fields, Fields::Unnamed(_)) && fields.len() == 1;
    let mut place = 0..;
    let fields = known.into_iter().filter_map(|field| match field {
        Known::Absent => None,
        Known::Rest => Some(quote!(#k::Field::REST)),
        Known::Name { .. } if newtype => Some(quote!(#k::Field::REST)),
        Known::Name { name, optional } => {
            let name = if name.is_empty() { place.next()?.to_string() } else { name };
            Some(quote!(#k::Field { name: #name, optional: #optional }))
        }
    });
    Ok(quote!(&[#(#fields),*]))
}

/// The place that the target's own attributes stand in.
pub fn container_place(target: &Target) -> Place {
    if target.struct_fields().is_some() { Place::Struct } else { Place::Enum }
}

fn container_rule(target: &Target) -> &'static str {
    if target.struct_fields().is_some() { "rename_all" } else { "rename_all_fields" }
}

/// Whether a field is filled from the envelope and so not part of the payload.
pub fn is_from_envelope(field: &Field) -> bool {
    attrs::named(&field.attrs, "view").next().is_some()
}

/// Whether a type is an `Option`, as far as its last segment tells.
pub fn is_option(of: &Type) -> bool {
    matches!(of, Type::Path(path) if path.path.segments.last().is_some_and(|s| s.ident == "Option"))
}

fn known(field: &Field, rule: Option<&str>, side: Side) -> Result<Known> {
    let entries = serde_attrs::entries(&field.attrs, Place::Field)?;
    let has = |key| serde_attrs::has(&entries, key);
    let skip = if side == Side::Written { "skip_serializing" } else { "skip_deserializing" };
    if has("skip") || has(skip) {
        return Ok(Known::Absent);
    }
    if has("flatten") {
        return Ok(Known::Rest);
    }
    let rust_name = field.ident.as_ref().map(|ident| ident.unraw().to_string());
    let name = match serde_attrs::text_of(&entries, "rename", side)? {
        Some(name) => name,
        None => rust_name.map(|name| serde_attrs::apply_rule(rule, &name)).unwrap_or_default(),
    };
    // Serde takes a missing field as `None` only where it reads the `Option` itself.
    let read_by_serde = !has("with") && !has("deserialize_with");
    Ok(Known::Name { name, optional: has("default") || is_option(&field.ty) && read_by_serde })
}
