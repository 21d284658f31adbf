use crate::{
    attrs, envelope, mirror,
    mirror::Payload,
    on::{On, Trigger},
    target::{Target, at},
};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::{Error, Fields, Path, Result, Variant, ext::IdentExt};

/// A variant of the input, and its `#[on(…)]`.
struct Step<'a> {
    variant: &'a Variant,
    on: On,
}

pub fn derive(target: &Target) -> Result<TokenStream> {
    let steps = target.variants("input")?.into_iter().map(Step::of).collect::<Result<Vec<_>>>()?;
    let key = key(target)?;
    check(target, &steps, &key)?;

    let (k, user, owner) = (&target.private, &target.ident, target.name());
    let declared = steps.iter().map(|step| step.declared(target)).collect::<Result<Vec<_>>>()?;
    let checks = steps.iter().flat_map(|step| step.on.sends.iter().map(|path| sent(k, path).1));
    let kinds = steps.iter().map(|step| {
        let (ident, name) = (&step.variant.ident, step.name());
        quote!(Self::#ident { .. } => #name)
    });
    let keys = steps.iter().map(|step| step.key(&key));
    let events = events(target, &steps)?;
    let deadlines = deadlines(target, &steps)?;
    let rejected = rejected(&steps);
    let write = format_ident!("__Write");
    let payloads = steps.iter().map(|step| Payload::of_variant(target, step.variant));
    let writer = mirror::writer(target, &write, &payloads.collect::<Result<Vec<_>>>()?)?;
    Ok(quote! {
        #writer
        #[automatically_derived]
        impl #k::Input for #user {
            fn steps() -> ::std::vec::Vec<#k::process::StepDeclaration> {
                ::std::vec![#(#declared),*]
            }
            fn kind(&self) -> &'static str { match self { #(#kinds),* } }
            fn key(&self) -> ::core::option::Option<::std::string::String> {
                match self { #(#keys),* }
            }
            #events
            #deadlines
            fn rejected(rejected: #k::Rejected) -> ::core::option::Option<Self> { #rejected }
            fn encode(
                &self,
            ) -> ::core::result::Result<::std::vec::Vec<u8>, #k::EncodeError> {
                #k::write(
                    ::core::format_args!("{}::{}", #owner, #k::Input::kind(self)),
                    |out| #write::serialize(self, out),
                )
            }
        }
        #(#checks)*
    })
}

fn key(target: &Target) -> Result<Ident> {
    let mut key = None;
    attrs::each(&target.attrs, "process", |meta| {
        if !meta.path.is_ident("key") {
            return Err(meta.error("expected `key = field`"));
        }
        key = Some(meta.value()?.parse()?);
        Ok(())
    })?;
    key.ok_or_else(|| {
        target.error("name the field that says which instance an event belongs to: `#[process(key = order)]`")
    })
}

fn check(target: &Target, steps: &[Step<'_>], key: &Ident) -> Result<()> {
    attrs::unique(steps.iter().flat_map(|step| &step.on.reads.types), "the event type")?;
    let deadlines: Vec<_> =
        steps.iter().filter(|step| step.on.trigger == Trigger::Deadline).collect();
    for step in steps {
        let known = |set: &&Ident| deadlines.iter().any(|step| step.variant.ident == **set);
        if let Some(set) = step.on.sets.iter().find(|set| !known(set)) {
            let names: Vec<_> = deadlines.iter().map(|step| format!("`{}`", step.name())).collect();
            let names = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
            let problem = format!("`{set}` is no deadline of `{}`; it has {names}", target.name());
            return Err(Error::new(set.span(), problem));
        }
        step.check(key)?;
    }
    let mut rejections = steps.iter().filter(|step| step.on.trigger == Trigger::Rejection);
    if let Some(second) = rejections.nth(1) {
        return Err(Error::new(second.variant.ident.span(), "only one variant takes rejections"));
    }
    if !steps.iter().any(|step| step.on.starts) {
        return Err(target.error("no variant starts an instance: write `starts` behind its event"));
    }
    Ok(())
}

impl<'a> Step<'a> {
    fn of(variant: &'a Variant) -> Result<Self> {
        let attr = attrs::one(&variant.attrs, "on")?.ok_or_else(|| {
            Error::new(
                variant.ident.span(),
                "say what this variant is: `#[on(\"order.placed\")]`, `#[on(deadline)]` or `#[on(rejected)]`",
            )
        })?;
        Ok(Self { variant, on: attr.parse_args()? })
    }

    fn name(&self) -> String {
        self.variant.ident.unraw().to_string()
    }

    fn check(&self, key: &Ident) -> Result<()> {
        let (ident, fields) = (&self.variant.ident, &self.variant.fields);
        match self.on.trigger {
            Trigger::Event if !fields.iter().any(|field| field.ident.as_ref() == Some(key)) => {
                let problem =
                    format!("this variant lacks the field `{key}`, which names the instance");
                Err(Error::new(ident.span(), problem))
            }
            Trigger::Event => Ok(()),
            Trigger::Deadline => envelope::refuse(fields, "a deadline has no envelope"),
            Trigger::Rejection => match fields {
                Fields::Unnamed(fields) if fields.unnamed.len() == 1 => Ok(()),
                _ => {
                    let problem = format!("let it hold what was rejected: `{ident}(Rejected)`");
                    Err(Error::new(ident.span(), problem))
                }
            },
        }
    }

    /// Its `StepDeclaration`.
    fn declared(&self, target: &Target) -> Result<TokenStream> {
        let (k, on, name) = (&target.private, &self.on, self.name());
        let reads = on.reads.recorded(target, &Payload::of_variant(target, self.variant)?)?;
        let sends = on.sends.iter().map(|path| sent(k, path).0);
        let sets = on.sets.iter().map(|set| set.unraw().to_string());
        let trigger = match on.trigger {
            Trigger::Event => quote!(Event),
            Trigger::Deadline => quote!(Deadline),
            Trigger::Rejection => quote!(Rejection),
        };
        let On { starts, completes, compensates, late, .. } = on;
        Ok(quote! {
            #k::process::StepDeclaration {
                variant: #name,
                trigger: #k::process::Trigger::#trigger,
                reads: ::std::vec![#(#reads),*],
                sends: ::std::vec![#(#sends),*],
                sets: ::std::vec![#(#sets),*],
                starts: #starts,
                completes: #completes,
                compensates: #compensates,
                late: #late,
            }
        })
    }

    /// The arm of `key`.
    fn key(&self, key: &Ident) -> TokenStream {
        let ident = &self.variant.ident;
        let field = self.variant.fields.iter().find(|field| field.ident.as_ref() == Some(key));
        match (self.on.trigger, field) {
            (Trigger::Event, Some(field)) => quote_spanned! { at(&field.ty)=>
                Self::#ident { #key: __key, .. } => {
                    ::core::option::Option::Some(::std::string::ToString::to_string(__key))
                }
            },
            _ => quote!(Self::#ident { .. } => ::core::option::Option::None),
        }
    }
}

/// A command that may be sent: as category and name, and code that compiles if it exists.
fn sent(k: &TokenStream, path: &Path) -> (TokenStream, TokenStream) {
    let mut aggregate = path.clone();
    let command = aggregate.segments.pop().map(|segment| segment.ident);
    aggregate.segments.pop_punct();
    let Some(command) = command.filter(|_| !aggregate.segments.is_empty()) else {
        let error = Error::new_spanned(path, "name the aggregate too: `Aggregate::Command`");
        return (quote!(("", "")), error.into_compile_error());
    };
    let name = command.unraw().to_string();
    let entry = quote_spanned! { at(&aggregate)=>
        (
            <<#aggregate as #k::Aggregate>::Event as #k::Event>::CATEGORY,
            #k::command_name::<#aggregate>(#name),
        )
    };
    let shown = quote!(#aggregate).to_string().replace(' ', "");
    let problem = format!("`{shown}` has no command `{name}`");
    let check = quote_spanned! { at(&command)=>
        const _: () = ::core::assert!(#k::has_command::<#aggregate>(#name), #problem);
    };
    (entry, check)
}

/// The method `decode`, with its reader.
fn events(target: &Target, steps: &[Step<'_>]) -> Result<TokenStream> {
    let (k, read) = (&target.private, format_ident!("__Read"));
    let (mut payloads, mut arms) = (Vec::new(), Vec::new());
    for step in steps.iter().filter(|step| step.on.trigger == Trigger::Event) {
        let payload = Payload::of_variant(target, step.variant)?;
        arms.push(step.on.reads.arm(target, &payload, &read));
        payloads.push(payload);
    }
    let reader = mirror::reader(target, &read, &payloads.iter().collect::<Vec<_>>(), true)?;
    Ok(quote! {
        fn decode(
            __envelope: &#k::Envelope,
        ) -> ::core::result::Result<::core::option::Option<Self>, #k::DecodeError> {
            #reader
            let input = match __envelope.event_type.as_str() {
                #(#arms)*
                _ => return ::core::result::Result::Ok(::core::option::Option::None),
            };
            ::core::result::Result::Ok(::core::option::Option::Some(input))
        }
    })
}

/// The method `decode_deadline`, with its reader.
fn deadlines(target: &Target, steps: &[Step<'_>]) -> Result<TokenStream> {
    let (k, owner, read) = (&target.private, target.name(), format_ident!("__ReadDeadline"));
    let (mut payloads, mut arms) = (Vec::new(), Vec::new());
    for step in steps.iter().filter(|step| step.on.trigger == Trigger::Deadline) {
        let name = step.name();
        let shown = format!("{owner}::{name}");
        arms.push(quote! {
            #name => #k::Payload::new(#shown, 1, data).variant::<#read>(#name)?.fill()
        });
        payloads.push(Payload::of_variant(target, step.variant)?);
    }
    let none = quote!(::core::result::Result::Ok(::core::option::Option::None));
    let body = if payloads.is_empty() {
        quote!(let _ = (kind, data); #none)
    } else {
        let reader = mirror::reader(target, &read, &payloads.iter().collect::<Vec<_>>(), false)?;
        quote! {
            #reader
            let input = match kind { #(#arms,)* _ => return #none };
            ::core::result::Result::Ok(::core::option::Option::Some(input))
        }
    };
    Ok(quote! {
        fn decode_deadline(
            kind: &str,
            data: &[u8],
        ) -> ::core::result::Result<::core::option::Option<Self>, #k::DecodeError> {
            #body
        }
    })
}

/// The body of `rejected`.
fn rejected(steps: &[Step<'_>]) -> TokenStream {
    let takes = steps.iter().find(|step| step.on.trigger == Trigger::Rejection);
    match takes.map(|step| step.variant) {
        Some(Variant { ident, fields, .. }) => quote_spanned! { at(fields)=>
            ::core::option::Option::Some(Self::#ident(rejected))
        },
        None => quote!(let _ = rejected; ::core::option::Option::None),
    }
}
