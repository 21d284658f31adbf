use crate::{
    attrs, mirror,
    mirror::Payload,
    reads::Reads,
    target::{Target, at},
};
use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::{Error, Fields, Result, Type, Variant};

pub fn derive(target: &Target) -> Result<TokenStream> {
    match target.struct_fields() {
        Some(fields) => derive_struct(target, fields),
        None => derive_enum(target),
    }
}

fn derive_struct(target: &Target, fields: &Fields) -> Result<TokenStream> {
    let attr = attrs::one(&target.attrs, "reads")?.ok_or_else(|| {
        target.error("say which events this view reads: `#[reads(\"order.placed\")]`")
    })?;
    let read = (attr.parse_args()?, Payload::of_struct(target, fields)?);
    write(target, &[read], &[])
}

fn derive_enum(target: &Target) -> Result<TokenStream> {
    let belongs = "`#[reads(…)]` belongs on the variants of an enum";
    attrs::refuse(&target.attrs, "reads", belongs)?;
    let (mut read, mut nested) = (Vec::new(), Vec::new());
    for variant in target.variants("kind of event that the view reads")? {
        match attrs::one(&variant.attrs, "reads")? {
            Some(attr) => {
                read.push((attr.parse_args()?, Payload::of_variant(target, variant)?));
            }
            None => nested.push((variant, inner_view(variant)?)),
        }
    }
    write(target, &read, &nested)
}

fn inner_view(variant: &Variant) -> Result<&Type> {
    match &variant.fields {
        Fields::Unnamed(fields) if fields.unnamed.len() == 1 => Ok(&fields.unnamed[0].ty),
        _ => Err(Error::new(
            variant.ident.span(),
            "say which events this variant reads, `#[reads(\"order.placed\")]`, or let it hold another view",
        )),
    }
}

fn write(
    target: &Target,
    read: &[(Reads, Payload<'_>)],
    nested: &[(&Variant, &Type)],
) -> Result<TokenStream> {
    attrs::unique(read.iter().flat_map(|(reads, _)| &reads.types), "the event type")?;
    let (k, user) = (&target.private, &target.ident);
    let name = format_ident!("__Read");
    let mut recorded = Vec::new();
    for (reads, payload) in read {
        recorded.extend(reads.recorded(target, payload)?);
    }
    let arms = read.iter().map(|(reads, payload)| reads.arm(target, payload, &name));
    let arms: Vec<_> = arms.collect();
    let unions =
        nested.iter().map(|(_, of)| quote_spanned!(at(*of)=> <#of as #k::View>::reads(out);));
    let others = nested.iter().map(|(variant, of)| {
        let ident = &variant.ident;
        quote_spanned! { at(*of)=>
            if let ::core::option::Option::Some(view) = <#of as #k::View>::decode(__envelope)? {
                return ::core::result::Result::Ok(::core::option::Option::Some(Self::#ident(view)));
            }
        }
    });
    let (unions, others) = (quote!(#(#unions)*), quote!(#(#others)*));
    let none = quote!(::core::result::Result::Ok(::core::option::Option::None));
    let (reader, body) = if read.is_empty() {
        (quote!(), quote!(#others #none))
    } else {
        let payloads: Vec<_> = read.iter().map(|(_, payload)| payload).collect();
        let reader = mirror::reader(target, &name, &payloads, true)?;
        let body = quote! {
            let view = match __envelope.event_type.as_str() {
                #(#arms)*
                _ => { #others return #none; }
            };
            ::core::result::Result::Ok(::core::option::Option::Some(view))
        };
        (reader, body)
    };
    Ok(quote! {
        #reader
        #[automatically_derived]
        impl #k::View for #user {
            fn reads(out: &mut ::std::vec::Vec<#k::Read>) {
                out.extend([#(#recorded),*]);
                #unions
            }
            fn decode(
                __envelope: &#k::Envelope,
            ) -> ::core::result::Result<::core::option::Option<Self>, #k::DecodeError> {
                #body
            }
        }
    })
}
