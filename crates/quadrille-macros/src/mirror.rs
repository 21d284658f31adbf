//! Private copies of the user's type that carry serde's derives, so that the user's need none.
//!
//! A reader is an enum of its own, since fields that come from the envelope are missing there; a
//! writer is a remote one, since writing only borrows. Both name their variants from outside, so
//! that nothing serde says of variants matters.

use crate::{
    envelope,
    fields::{container_place, is_from_envelope},
    serde_attrs::{self, Place},
    target::Target,
};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use syn::{Field, Fields, Meta, Result, Variant, ext::IdentExt};

/// One payload: a variant, or a struct that is a whole view.
pub struct Payload<'a> {
    pub ident: &'a Ident,
    pub fields: &'a Fields,
    /// Serde's entries on the variant.
    pub entries: Vec<Meta>,
    /// How the user's value is built.
    path: TokenStream,
}

impl<'a> Payload<'a> {
    pub fn of_variant(target: &Target, variant: &'a Variant) -> Result<Self> {
        let (owner, ident) = (&target.ident, &variant.ident);
        let entries = serde_attrs::entries(&variant.attrs, Place::Variant)?;
        Ok(Self { ident, fields: &variant.fields, entries, path: quote!(#owner::#ident) })
    }

    pub fn of_struct(target: &'a Target, fields: &'a Fields) -> Result<Self> {
        let mut entries = serde_attrs::entries(&target.attrs, Place::Struct)?;
        entries.retain(|entry| entry.path().is_ident("rename_all"));
        let ident = &target.ident;
        Ok(Self { ident, fields, entries, path: quote!(#ident) })
    }

    /// The name that the reader knows it by.
    pub fn name(&self) -> String {
        self.ident.unraw().to_string()
    }
}

fn container(target: &Target) -> Result<Vec<Meta>> {
    let mut entries = serde_attrs::entries(&target.attrs, container_place(target))?;
    entries.retain(|entry| !entry.path().is_ident("rename_all"));
    Ok(entries)
}

fn field(field: &Field) -> Result<TokenStream> {
    let entries = serde_attrs::entries(&field.attrs, Place::Field)?;
    let (name, of) = (&field.ident, &field.ty);
    let colon = name.as_ref().map(|_| quote!(:));
    Ok(quote!(#[serde(#(#entries),*)] #name #colon #of))
}

fn variant(payload: &Payload<'_>, fields: &[&Field]) -> Result<TokenStream> {
    let (ident, name, entries) = (payload.ident, payload.name(), &payload.entries);
    let serde = quote!(#[serde(rename = #name #(, #entries)*)]);
    let written = fields.iter().map(|f| field(f)).collect::<Result<Vec<_>>>()?;
    Ok(match payload.fields {
        Fields::Unnamed(_) => quote!(#serde #ident(#(#written),*)),
        _ => quote!(#serde #ident { #(#written),* }),
    })
}

fn unit(payload: &Payload<'_>) -> TokenStream {
    let (ident, name) = (payload.ident, payload.name());
    quote!(#[serde(rename = #name)] #ident)
}

/// The enum `name`, which serde reads, with a method `fill` that makes the user's value of it.
pub fn reader(
    target: &Target,
    name: &Ident,
    payloads: &[&Payload<'_>],
    with_envelope: bool,
) -> Result<TokenStream> {
    let (k, user, serde) = (&target.private, &target.ident, target.serde_path());
    let entries = container(target)?;
    let (mut variants, mut arms) = (Vec::new(), Vec::new());
    for payload in payloads {
        let read: Vec<&Field> = payload.fields.iter().filter(|f| !is_from_envelope(f)).collect();
        // A payload without fields to read may be anything: only its type is of interest.
        let read_as = if read.is_empty() { unit(payload) } else { variant(payload, &read)? };
        variants.push(read_as);
        arms.push(fill(name, payload, read.is_empty())?);
    }
    let envelope = with_envelope.then(|| quote!(__envelope: &#k::Envelope));
    let unused = with_envelope.then(|| quote!(let _ = __envelope;));
    Ok(quote! {
        #[derive(#k::serde::Deserialize)]
        #[serde(crate = #serde #(, #entries)*)]
        #[allow(non_camel_case_types, non_snake_case, deprecated)]
        enum #name { #(#variants),* }
        impl #name {
            #[allow(deprecated)]
            fn fill(self, #envelope) -> #user {
                #unused
                match self { #(#arms),* }
            }
        }
    })
}

fn fill(reader: &Ident, payload: &Payload<'_>, unit: bool) -> Result<TokenStream> {
    let (ident, path) = (payload.ident, &payload.path);
    let (mut taken, mut built) = (Vec::new(), Vec::new());
    for (at, field) in payload.fields.iter().enumerate() {
        let (name, binding) = (&field.ident, format_ident!("__field_{at}"));
        let colon = name.as_ref().map(|_| quote!(:));
        let value = if let Some(value) = envelope::value(field)? {
            value
        } else {
            taken.push(quote!(#name #colon #binding));
            quote!(#binding)
        };
        built.push(quote!(#name #colon #value));
    }
    let (pattern, value) = match payload.fields {
        Fields::Unnamed(fields) if !fields.unnamed.is_empty() => {
            (quote!((#(#taken),*)), quote!((#(#built),*)))
        }
        _ => (quote!({ #(#taken),* }), quote!({ #(#built),* })),
    };
    let pattern = if unit { quote!() } else { pattern };
    Ok(quote!(#reader::#ident #pattern => #path #value))
}

/// The enum `name`, which serde writes in the user's place.
pub fn writer(target: &Target, name: &Ident, payloads: &[Payload<'_>]) -> Result<TokenStream> {
    let (k, user, serde) = (&target.private, target.ident.to_string(), target.serde_path());
    let entries = container(target)?;
    let variants = payloads.iter().map(|payload| match payload.fields {
        Fields::Unit => Ok(unit(payload)),
        // serde would write an empty tuple as a list.
        Fields::Unnamed(fields) if fields.unnamed.is_empty() => {
            let unit = unit(payload);
            Ok(quote!(#unit {}))
        }
        fields => variant(payload, &fields.iter().collect::<Vec<_>>()),
    });
    let variants = variants.collect::<Result<Vec<_>>>()?;
    Ok(quote! {
        #[derive(#k::serde::Serialize)]
        #[serde(remote = #user, crate = #serde #(, #entries)*)]
        #[allow(dead_code, non_camel_case_types, non_snake_case, deprecated)]
        enum #name { #(#variants),* }
    })
}
