use crate::{fields, mirror::Payload, names, serde_attrs::Side, target::Target};
use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::{
    Error, LitInt, LitStr, Result, Token,
    parse::{Parse, ParseStream},
};

/// The event types that a view or an input takes, and the versions of their schemas.
#[derive(Default)]
pub struct Reads {
    pub types: Vec<LitStr>,
    versions: Option<(u32, u32)>,
}

/// `#[reads("order.placed", versions = 1..=3)]`.
impl Parse for Reads {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let mut reads = Self::default();
        while !input.is_empty() {
            if input.peek(LitStr) {
                reads.event_type(input)?;
            } else {
                let word: Ident = input.parse()?;
                if !reads.versions(&word, input)? {
                    let expected =
                        "expected an event type in quotes, `version = 2` or `versions = 1..=2`";
                    return Err(Error::new(word.span(), expected));
                }
            }
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        if reads.types.is_empty() {
            let problem = "name at least one event type: `#[reads(\"order.placed\")]`";
            return Err(Error::new(input.span(), problem));
        }
        Ok(reads)
    }
}

impl Reads {
    /// Takes an event type in quotes.
    pub fn event_type(&mut self, input: ParseStream<'_>) -> Result<()> {
        let event_type: LitStr = input.parse()?;
        names::check_event_type(&event_type)?;
        self.types.push(event_type);
        Ok(())
    }

    /// Takes what follows `version` or `versions`; `false` when the word is neither.
    pub fn versions(&mut self, word: &Ident, input: ParseStream<'_>) -> Result<bool> {
        let many = word == "versions";
        if !many && word != "version" {
            return Ok(false);
        }
        input.parse::<Token![=]>()?;
        let first: LitInt = input.parse()?;
        let (from, mut to) = (first.base10_parse()?, first.base10_parse()?);
        if many {
            input.parse::<Token![..=]>()?;
            to = input.parse::<LitInt>()?.base10_parse()?;
        }
        if from == 0 || to < from {
            let problem = "versions count from 1, and the lowest comes first: `versions = 1..=2`";
            return Err(Error::new(first.span(), problem));
        }
        if self.versions.replace((from, to)).is_some() {
            return Err(Error::new(word.span(), "the versions stand here twice"));
        }
        Ok(true)
    }

    fn range(&self) -> TokenStream {
        let (from, to) = self.versions.unwrap_or((1, 1));
        quote!(#from..=#to)
    }

    /// One `Read` for each type.
    pub fn recorded(&self, target: &Target, payload: &Payload<'_>) -> Result<Vec<TokenStream>> {
        let k = &target.private;
        let inner = if target.struct_fields().is_some() { &[] } else { &payload.entries[..] };
        let fields = fields::recorded(target, payload.fields, inner, Side::Read)?;
        let versions = self.range();
        let read = |event_type| quote!(#k::Read { event_type: #event_type, versions: #versions, fields: #fields });
        Ok(self.types.iter().map(read).collect())
    }

    /// The arm of `decode` that reads `payload` with `reader`.
    pub fn arm(&self, target: &Target, payload: &Payload<'_>, reader: &Ident) -> TokenStream {
        let (k, types, versions) = (&target.private, &self.types, self.range());
        let variant = payload.name();
        let whole = target.struct_fields().is_some();
        let shown = if whole { target.name() } else { format!("{}::{variant}", target.name()) };
        quote! {
            #(#types)|* => {
                #k::check_version(__envelope.encoded(), #shown, #versions)?;
                #k::Payload::of(__envelope.encoded()).variant::<#reader>(#variant)?.fill(__envelope)
            }
        }
    }
}
