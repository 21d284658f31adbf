use crate::{
    attrs,
    fields::is_option,
    names,
    target::{Target, at},
};
use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::{
    Error, Field, Fields, Ident, LitInt, LitStr, Result, Type, ext::IdentExt, spanned::Spanned,
};

/// A column: a field, and whether it is part of the key.
struct Column<'a> {
    ident: &'a Ident,
    of: &'a Type,
    name: String,
    key: bool,
    stream_id: bool,
}

pub fn derive(target: &Target) -> Result<TokenStream> {
    let Some(Fields::Named(fields)) = target.struct_fields() else {
        return Err(target.error("a row is a struct with named fields: its columns"));
    };
    let columns = fields.named.iter().map(Column::of).collect::<Result<Vec<_>>>()?;
    let (table, version) = table(target)?;
    let (key, others): (Vec<_>, Vec<_>) = columns.iter().partition(|column| column.key);
    let by_stream = check(target, &columns, &key)?;

    let (k, user) = (&target.private, &target.ident);
    let entries = columns.iter().map(|column| column.entry(k));
    let values = columns.iter().map(|column| {
        let (ident, of) = (column.ident, column.of);
        quote!(<#of as #k::row::ColumnType>::to_value(&self.#ident))
    });
    let read = columns.iter().map(|column| {
        let (ident, of, name) = (column.ident, column.of, &column.name);
        quote!(#ident: #k::column::<#of>(&mut values, #name)?)
    });
    let others = others.iter().map(|column| column.ident);
    let key = Key::of(k, &key);
    let (key_type, pattern, built, cloned, shown) =
        (&key.of, &key.pattern, &key.built, &key.cloned, &key.values);
    let stream_key = if by_stream {
        quote_spanned! { at(key_type)=>
            ::core::option::Option::Some(<#key_type as ::core::convert::From<&str>>::from(id))
        }
    } else {
        quote!(let _ = id; ::core::option::Option::None)
    };
    Ok(quote! {
        #[automatically_derived]
        impl #k::Row for #user {
            const TABLE: &'static str = #table;
            const VERSION: u32 = #version;
            const COLUMNS: &'static [#k::row::Column] = &[#(#entries),*];
            const KEYED_BY_STREAM: bool = #by_stream;
            type Key = #key_type;
            fn stream_key(id: &str) -> ::core::option::Option<Self::Key> { #stream_key }
            fn new(key: Self::Key) -> Self {
                let #pattern = key;
                Self { #built #(#others: ::core::default::Default::default()),* }
            }
            fn key_values(key: &Self::Key) -> ::std::vec::Vec<#k::row::Value> {
                let #pattern = key;
                ::std::vec![#shown]
            }
            fn key(&self) -> Self::Key { #cloned }
            fn values(&self) -> ::std::vec::Vec<#k::row::Value> { ::std::vec![#(#values),*] }
            fn from_values(
                values: ::std::vec::Vec<#k::row::Value>,
            ) -> ::core::result::Result<Self, ::std::string::String> {
                let mut values = ::core::iter::IntoIterator::into_iter(values);
                let row = Self { #(#read),* };
                #k::no_more_columns(values)?;
                ::core::result::Result::Ok(row)
            }
        }
    })
}

fn table(target: &Target) -> Result<(LitStr, u32)> {
    let mut table = LitStr::new(&names::snake(&target.ident), target.ident.span());
    let mut version = 1;
    attrs::each(&target.attrs, "row", |meta| {
        if meta.path.is_ident("table") {
            table = attrs::text(&meta)?;
            Ok(())
        } else if meta.path.is_ident("version") {
            let given: LitInt = meta.value()?.parse()?;
            version = given.base10_parse()?;
            if version == 0 {
                Err(Error::new(given.span(), "versions count from 1"))
            } else {
                Ok(())
            }
        } else {
            Err(meta.error("expected `table = \"…\"` or `version = 2`"))
        }
    })?;
    names::check_sql_name("table", &table)?;
    Ok((table, version))
}

/// Says whether rows are keyed by their stream.
fn check(target: &Target, columns: &[Column<'_>], key: &[&Column<'_>]) -> Result<bool> {
    let name = |column: &Column<'_>| LitStr::new(&column.name, column.ident.span());
    let names: Vec<_> = columns.iter().map(name).collect();
    names.iter().try_for_each(|name| names::check_sql_name("column", name))?;
    let lower = |name: &LitStr| LitStr::new(&name.value().to_ascii_lowercase(), name.span());
    attrs::unique(&names.iter().map(lower).collect::<Vec<_>>(), "the column")?;
    if key.is_empty() {
        return Err(target.error(
            "mark the key: `#[row(stream_id)]` for one row a stream, or `#[row(key)]` on one or more fields",
        ));
    }
    let by_stream = key.iter().find(|column| column.stream_id);
    if let (Some(column), [_, _, ..]) = (by_stream, key) {
        let problem = "a row of a stream has no other key: mark all of them `#[row(key)]`, and implement `keys`";
        return Err(Error::new(column.ident.span(), problem));
    }
    Ok(by_stream.is_some())
}

impl<'a> Column<'a> {
    fn of(field: &'a Field) -> Result<Self> {
        let (mut key, mut stream_id) = (false, false);
        attrs::each(&field.attrs, "row", |meta| {
            stream_id |= meta.path.is_ident("stream_id");
            key |= stream_id || meta.path.is_ident("key");
            if key { Ok(()) } else { Err(meta.error("expected `key` or `stream_id`")) }
        })?;
        if key && is_option(&field.ty) {
            let problem = "a key always has a value: SQL could not tell two empty ones apart";
            return Err(Error::new_spanned(&field.ty, problem));
        }
        let problem = "a column needs a name";
        let ident = field.ident.as_ref().ok_or_else(|| Error::new(field.span(), problem))?;
        Ok(Self { ident, of: &field.ty, name: ident.unraw().to_string(), key, stream_id })
    }

    /// Its `Column`.
    fn entry(&self, k: &TokenStream) -> TokenStream {
        let Self { of, name, key, .. } = self;
        quote_spanned! { at(of)=>
            #k::row::Column {
                name: #name,
                kind: <#of as #k::row::ColumnType>::KIND,
                key: #key,
                nullable: <#of as #k::row::ColumnType>::NULLABLE,
            }
        }
    }
}

/// The key in code: one column's value, or a tuple of several.
struct Key {
    of: TokenStream,
    pattern: TokenStream,
    built: TokenStream,
    cloned: TokenStream,
    values: TokenStream,
}

impl Key {
    fn of(k: &TokenStream, columns: &[&Column<'_>]) -> Self {
        let types: Vec<_> = columns.iter().map(|column| column.of).collect();
        let idents: Vec<_> = columns.iter().map(|column| column.ident).collect();
        let bound: Vec<_> = (0..columns.len()).map(|at| format_ident!("__key_{at}")).collect();
        let cloned: Vec<_> =
            idents.iter().map(|ident| quote!(::core::clone::Clone::clone(&self.#ident))).collect();
        let tuple = |parts: TokenStream| if columns.len() == 1 { parts } else { quote!((#parts)) };
        Self {
            of: tuple(quote!(#(#types),*)),
            pattern: tuple(quote!(#(#bound),*)),
            built: quote!(#(#idents: #bound,)*),
            cloned: tuple(quote!(#(#cloned),*)),
            values: quote!(#(<#types as #k::row::ColumnType>::to_value(#bound)),*),
        }
    }
}
