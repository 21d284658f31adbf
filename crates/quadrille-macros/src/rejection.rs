use crate::{attrs, names, target::Target};
use proc_macro2::TokenStream;
use quote::quote;
use syn::{Attribute, Ident, LitStr, Result};

pub fn derive(target: &Target) -> Result<TokenStream> {
    let (k, user) = (&target.private, &target.ident);
    let (codes, code) = if target.struct_fields().is_some() {
        let code = code(&target.attrs, &target.ident)?;
        (vec![code.clone()], quote!(#code))
    } else {
        let belongs = "`#[rejection(code = \"…\")]` belongs on the variants of an enum";
        attrs::refuse(&target.attrs, "rejection", belongs)?;
        let variants = target.variants("reason to refuse (if there is none, use `Never`)")?;
        let codes = variants.iter().map(|variant| code(&variant.attrs, &variant.ident));
        let codes = codes.collect::<Result<Vec<_>>>()?;
        let idents = variants.iter().map(|variant| &variant.ident);
        let code = quote!(match self { #(Self::#idents { .. } => #codes),* });
        (codes, code)
    };
    attrs::unique(&codes, "the code")?;
    Ok(quote! {
        #[automatically_derived]
        impl #k::Rejection for #user {
            const CODES: &'static [&'static str] = &[#(#codes),*];
            fn code(&self) -> &'static str { #code }
        }
    })
}

fn code(attributes: &[Attribute], ident: &Ident) -> Result<LitStr> {
    let mut code = LitStr::new(&names::snake(ident), ident.span());
    attrs::each(attributes, "rejection", |meta| {
        if !meta.path.is_ident("code") {
            return Err(meta.error("expected `code = \"…\"`"));
        }
        code = attrs::text(&meta)?;
        names::check_code(&code)
    })?;
    Ok(code)
}
