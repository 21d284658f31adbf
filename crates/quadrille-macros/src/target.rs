use crate::{Derive, attrs};
use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::{
    Attribute, Data, DeriveInput, Error, Fields, Ident, Path, Result, Variant, ext::IdentExt,
    spanned::Spanned,
};

/// The type that a derive stands on.
pub struct Target {
    pub ident: Ident,
    pub attrs: Vec<Attribute>,
    /// Where generated code finds everything: `::quadrille::__private`.
    pub private: TokenStream,
    data: Data,
}

/// Runs a derive, and wraps what it wrote so that none of its names can meet the user's.
pub fn expand(input: proc_macro::TokenStream, derive: Derive) -> proc_macro::TokenStream {
    let expanded = syn::parse(input).and_then(Target::new).and_then(|target| derive(&target));
    let wrapped = expanded.map(|code| {
        quote! {
            #[doc(hidden)]
            #[allow(unused_qualifications, clippy::absolute_paths)]
            const _: () = { #code };
        }
    });
    wrapped.unwrap_or_else(Error::into_compile_error).into()
}

impl Target {
    fn new(input: DeriveInput) -> Result<Self> {
        if !input.generics.params.is_empty() {
            let problem = "a generic type cannot be derived: what the log holds is concrete";
            return Err(Error::new_spanned(input.generics, problem));
        }
        let private = private_module(&input.attrs)?;
        Ok(Self { ident: input.ident, attrs: input.attrs, private, data: input.data })
    }

    /// The type's name as text.
    pub fn name(&self) -> String {
        self.ident.unraw().to_string()
    }

    /// The variants; `each` says what one of them is.
    pub fn variants(&self, each: &str) -> Result<Vec<&Variant>> {
        let Data::Enum(data) = &self.data else {
            return Err(self.error(format!("expected an enum with one variant for each {each}")));
        };
        if data.variants.is_empty() {
            return Err(self.error(format!("expected at least one variant: one for each {each}")));
        }
        Ok(data.variants.iter().collect())
    }

    /// The fields, if it is a struct.
    pub fn struct_fields(&self) -> Option<&Fields> {
        match &self.data {
            Data::Struct(data) => Some(&data.fields),
            _ => None,
        }
    }

    /// An error at the type's name.
    pub fn error(&self, problem: impl std::fmt::Display) -> Error {
        Error::new(self.ident.span(), problem)
    }

    /// The path that serde's own derives need, as text.
    pub fn serde_path(&self) -> String {
        format!("{}::serde", self.private).replace(' ', "")
    }
}

/// The place of `tokens` for errors in generated code; lints that look for code that people wrote
/// still see that nobody did.
pub fn at(tokens: &impl Spanned) -> Span {
    Span::call_site().located_at(tokens.span())
}

fn private_module(attributes: &[Attribute]) -> Result<TokenStream> {
    let mut path = None;
    attrs::each(attributes, "quadrille", |meta| {
        if !meta.path.is_ident("crate") {
            return Err(meta.error("expected `crate = \"path\"`"));
        }
        path = Some(attrs::text(&meta)?.parse_with(Path::parse_mod_style)?);
        Ok(())
    })?;
    Ok(path.map_or_else(|| quote!(::quadrille::__private), |path| quote!(#path::__private)))
}
