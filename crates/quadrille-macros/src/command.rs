use crate::{
    attrs, mirror,
    mirror::Payload,
    names,
    target::{Target, at},
};
use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::{Path, Result, Token, Variant, ext::IdentExt, punctuated::Punctuated};

pub fn derive(target: &Target) -> Result<TokenStream> {
    let variants = target.variants("command")?;
    let (k, user, owner) = (&target.private, &target.ident, target.name());
    let (read, write) = (format_ident!("__Read"), format_ident!("__Write"));
    let payloads = variants.iter().map(|variant| Payload::of_variant(target, variant));
    let payloads = payloads.collect::<Result<Vec<_>>>()?;
    let reader = mirror::reader(target, &read, &payloads.iter().collect::<Vec<_>>(), false)?;
    let writer = mirror::writer(target, &write, &payloads)?;

    let (mut types, mut kinds, mut arms, mut checks) = (vec![], vec![], vec![], vec![]);
    for (kind, variant) in variants.into_iter().enumerate() {
        let (ident, shown) = (&variant.ident, variant.ident.unraw().to_string());
        let name = names::snake(ident);
        let emits = emits(variant)?;
        let declared = match &emits {
            None => quote!(::core::option::Option::None),
            Some(emits) => {
                let names = emits.iter().map(|event| &event.name);
                quote!(::core::option::Option::Some(&[#(#names),*]))
            }
        };
        checks.extend(emits.iter().flatten().filter_map(Emitted::check));
        types.push(quote!(#k::CommandType { name: #name, variant: #shown, emits: #declared }));
        kinds.push(quote!(Self::#ident { .. } => #kind));
        let error_name = format!("{owner}::{shown}");
        arms.push(quote! {
            #name => #k::Payload::new(#error_name, 1, data).variant::<#read>(#shown)?.fill()
        });
    }
    Ok(quote! {
        #reader
        #writer
        #[automatically_derived]
        impl #k::Command for #user {
            const TYPES: &'static [#k::CommandType] = &[#(#types),*];
            fn kind(&self) -> usize { match self { #(#kinds),* } }
            fn encode(
                &self,
            ) -> ::core::result::Result<::std::vec::Vec<u8>, #k::EncodeError> {
                let variant = #k::Command::command_type(self).variant;
                #k::write(
                    ::core::format_args!("{}::{variant}", #owner),
                    |out| #write::serialize(self, out),
                )
            }
            fn decode(
                name: &str,
                data: &[u8],
            ) -> ::core::result::Result<::core::option::Option<Self>, #k::DecodeError> {
                let command = match name {
                    #(#arms,)*
                    _ => return ::core::result::Result::Ok(::core::option::Option::None),
                };
                ::core::result::Result::Ok(::core::option::Option::Some(command))
            }
        }
        #(#checks)*
    })
}

/// A variant of the aggregate's events that `#[emits(…)]` names.
struct Emitted {
    name: String,
    path: Path,
}

fn emits(variant: &Variant) -> Result<Option<Vec<Emitted>>> {
    let Some(attr) = attrs::one(&variant.attrs, "emits")? else {
        return Ok(None);
    };
    let paths = attr.parse_args_with(Punctuated::<Path, Token![,]>::parse_terminated)?;
    let mut owner: Option<Path> = None;
    let mut emits = Vec::new();
    for mut path in paths {
        let Some(last) = path.segments.last().map(|segment| segment.ident.clone()) else {
            continue;
        };
        if path.segments.len() > 1 {
            let mut named = path.clone();
            named.segments.pop();
            named.segments.pop_punct();
            owner = Some(named);
        } else if let Some(owner) = &owner {
            // A bare name behind a path is of the same enum, and so the compiler can check it.
            path = owner.clone();
            path.segments.push(last.clone().into());
        }
        emits.push(Emitted { name: last.unraw().to_string(), path });
    }
    Ok(Some(emits))
}

impl Emitted {
    /// Code that compiles if there is such a variant.
    fn check(&self) -> Option<TokenStream> {
        let path = &self.path;
        let mut owner = path.clone();
        owner.segments.pop();
        owner.segments.pop_punct();
        (!owner.segments.is_empty()).then(|| {
            quote_spanned! { at(path)=>
                #[allow(unreachable_patterns)]
                const _: fn(&#owner) = |event| match event { #path { .. } | _ => () };
            }
        })
    }
}
