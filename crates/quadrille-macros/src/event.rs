use crate::{
    attrs, fields, mirror,
    mirror::Payload,
    names,
    serde_attrs::Side,
    target::{Target, at},
};
use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::{
    Attribute, Error, Field, LitStr, Path, Result, Token, Variant, ext::IdentExt, parenthesized,
    punctuated::Punctuated, spanned::Spanned,
};

/// An event type and how it is kept.
struct Type<'a> {
    payload: Payload<'a>,
    name: LitStr,
    /// The payloads of older versions, the oldest first.
    was: Vec<Path>,
}

pub fn derive(target: &Target) -> Result<TokenStream> {
    let variants = target.variants("type of event")?;
    let category = category(target)?;
    let types = variants.iter().map(|variant| Type::of(target, &category, variant));
    let types = types.collect::<Result<Vec<_>>>()?;
    attrs::unique(types.iter().map(|of| &of.name), "the event type")?;

    let (k, user, owner) = (&target.private, &target.ident, target.name());
    let (read, write) = (format_ident!("__Read"), format_ident!("__Write"));
    let arms: Vec<_> = types.iter().map(|of| of.arm(k, &owner)).collect();
    let entries = types.iter().map(|of| of.entry(target)).collect::<Result<Vec<_>>>()?;
    let tags = types.iter().map(|of| of.tags(k)).collect::<Result<Vec<_>>>()?;
    let kinds = types.iter().enumerate().map(|(kind, of)| {
        let ident = of.payload.ident;
        quote!(Self::#ident { .. } => #kind)
    });
    let kinds = quote!(match self { #(#kinds),* });
    let payloads: Vec<_> = types.into_iter().map(|of| of.payload).collect();
    let reader = mirror::reader(target, &read, &payloads.iter().collect::<Vec<_>>(), false)?;
    let writer = mirror::writer(target, &write, &payloads)?;
    Ok(quote! {
        #reader
        #writer
        #[automatically_derived]
        impl #k::View for #user {
            fn reads(out: &mut ::std::vec::Vec<#k::Read>) {
                out.extend(<Self as #k::Event>::TYPES.iter().map(|of| #k::Read {
                    event_type: of.name,
                    versions: 1..=of.version,
                    fields: of.fields,
                }));
            }
            fn decode(
                __envelope: &#k::Envelope,
            ) -> ::core::result::Result<::core::option::Option<Self>, #k::DecodeError> {
                #k::Event::decode_own(__envelope.encoded())
            }
        }
        #[automatically_derived]
        impl #k::Event for #user {
            const CATEGORY: &'static str = #category;
            const TYPES: &'static [#k::EventType] = &[#(#entries),*];
            fn kind(&self) -> usize { #kinds }
            fn encode(
                &self,
            ) -> ::core::result::Result<::std::vec::Vec<u8>, #k::EncodeError> {
                #k::write(
                    ::core::format_args!("{}", #k::Event::event_type(self).name),
                    |out| #write::serialize(self, out),
                )
            }
            fn decode_own(
                __event: #k::Encoded<'_>,
            ) -> ::core::result::Result<::core::option::Option<Self>, #k::DecodeError> {
                let event = match __event.event_type {
                    #(#arms)*
                    _ => return ::core::result::Result::Ok(::core::option::Option::None),
                };
                ::core::result::Result::Ok(::core::option::Option::Some(event))
            }
            fn tags(&self) -> ::std::vec::Vec<#k::Tag> {
                match self { #(#tags),* }
            }
        }
    })
}

fn category(target: &Target) -> Result<LitStr> {
    let mut category = None;
    attrs::each(&target.attrs, "event", |meta| {
        if !meta.path.is_ident("category") {
            return Err(meta.error("expected `category = \"…\"`"));
        }
        let given = attrs::text(&meta)?;
        names::check_category(&given)?;
        category = Some(given);
        Ok(())
    })?;
    category.ok_or_else(|| {
        let name = names::snake(&target.ident);
        let guess = name.trim_end_matches("s").trim_end_matches("event").trim_end_matches('_');
        let guess = if guess.is_empty() { "order" } else { guess };
        target.error(format!(
            "name the category of the streams that these events live in: `#[event(category = \"{guess}\")]`",
        ))
    })
}

impl<'a> Type<'a> {
    fn of(target: &Target, category: &LitStr, variant: &'a Variant) -> Result<Self> {
        let payload = Payload::of_variant(target, variant)?;
        let (pinned, was) = pinned(&variant.attrs)?;
        let name = pinned.unwrap_or_else(|| {
            let name = format!("{}.{}", category.value(), names::snake(&variant.ident));
            LitStr::new(&name, variant.ident.span())
        });
        names::check_event_type(&name)?;
        Ok(Self { payload, name, was })
    }

    fn version(&self) -> u32 {
        u32::try_from(self.was.len()).unwrap_or(u32::MAX).saturating_add(1)
    }

    /// Its `EventType`.
    fn entry(&self, target: &Target) -> Result<TokenStream> {
        let (k, name, version) = (&target.private, &self.name, self.version());
        let variant = self.payload.name();
        let entries = &self.payload.entries;
        let fields = fields::recorded(target, self.payload.fields, entries, Side::Written)?;
        Ok(quote! {
            #k::EventType { name: #name, version: #version, variant: #variant, fields: #fields }
        })
    }

    /// The arm of `decode` that reads it, in every version.
    fn arm(&self, k: &TokenStream, owner: &str) -> TokenStream {
        let (name, version, variant) = (&self.name, self.version(), self.payload.name());
        let old = (1..version).zip(&self.was).map(|(version, was)| {
            quote_spanned! { was.span()=>
                #version => ::core::convert::Into::<Self>::into(
                    #k::Payload::of(__event).whole::<#was>()?,
                ),
            }
        });
        quote! {
            #name => match __event.schema_version {
                #(#old)*
                #version => #k::Payload::of(__event).variant::<__Read>(#variant)?.fill(),
                _ => return ::core::result::Result::Err(
                    #k::unknown_to_owner(__event, #owner, #version),
                ),
            },
        }
    }

    /// The arm of `tags`.
    fn tags(&self, k: &TokenStream) -> Result<TokenStream> {
        let ident = self.payload.ident;
        let (mut bound, mut tags) = (Vec::new(), Vec::new());
        for (place, field) in self.payload.fields.iter().enumerate() {
            if !is_tag(field)? {
                continue;
            }
            let (Some(name), binding) = (&field.ident, format_ident!("__tag_{place}")) else {
                let problem = "a tag's key is its field's name: name the field";
                return Err(Error::new_spanned(&field.ty, problem));
            };
            let key = name.unraw().to_string();
            bound.push(quote!(#name: #binding));
            let at = at(&field.ty);
            tags.push(if fields::is_option(&field.ty) {
                quote_spanned!(at=> tags.extend(#binding.as_ref().map(|it| #k::Tag::new(#key, it)));)
            } else {
                quote_spanned!(at=> tags.push(#k::Tag::new(#key, #binding));)
            });
        }
        if tags.is_empty() {
            return Ok(quote!(Self::#ident { .. } => ::std::vec::Vec::new()));
        }
        Ok(quote!(Self::#ident { #(#bound,)* .. } => {
            let mut tags = ::std::vec::Vec::new();
            #(#tags)*
            tags
        }))
    }
}

fn pinned(attributes: &[Attribute]) -> Result<(Option<LitStr>, Vec<Path>)> {
    let (mut pinned, mut was) = (None, Vec::new());
    attrs::each(attributes, "event", |meta| {
        if meta.path.is_ident("type") {
            pinned = Some(attrs::text(&meta)?);
        } else if meta.path.is_ident("was") {
            let old;
            parenthesized!(old in meta.input);
            was.extend(Punctuated::<Path, Token![,]>::parse_terminated(&old)?);
        } else {
            return Err(meta.error("expected `type = \"…\"` or `was(OldestPayload, …)`"));
        }
        Ok(())
    })?;
    Ok((pinned, was))
}

fn is_tag(field: &Field) -> Result<bool> {
    let mut tag = false;
    attrs::each(&field.attrs, "event", |meta| {
        tag = meta.path.is_ident("tag");
        if tag { Ok(()) } else { Err(meta.error("expected `tag`")) }
    })?;
    Ok(tag)
}
