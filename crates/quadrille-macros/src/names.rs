use heck::ToSnakeCase;
use syn::{Error, Ident, LitStr, Result, ext::IdentExt};

/// A variant's, struct's or field's name in snake case.
pub fn snake(ident: &Ident) -> String {
    ident.unraw().to_string().to_snake_case()
}

/// The limits of `quadrille_core::name::Category`, so that a bad name does not wait for the first
/// append.
pub fn check_category(category: &LitStr) -> Result<()> {
    let name = category.value();
    let forbidden = |c: &char| *c == '-' || c.is_control() || c.is_whitespace();
    let problem = if name.is_empty() {
        "is empty: name the kind of stream, such as \"order\"".to_owned()
    } else if name.len() > 64 {
        format!("is {} bytes long, the limit is 64", name.len())
    } else if name.starts_with('$') {
        "starts with `$`, which KurrentDB reserves".to_owned()
    } else if name == "quadrille" {
        "is the framework's own".to_owned()
    } else if let Some(c) = name.chars().find(forbidden) {
        format!("holds {c:?}: use letters, digits, `_` and `.`")
    } else {
        return Ok(());
    };
    Err(Error::new(category.span(), format!("category {name:?} {problem}")))
}

/// The limits of `quadrille_core::name::check_event_type`.
pub fn check_event_type(event_type: &LitStr) -> Result<()> {
    let name = event_type.value();
    let problem = if name.is_empty() {
        "is empty: name it like \"order.placed\"".to_owned()
    } else if name.len() > 255 {
        format!("is {} bytes long, the limit is 255", name.len())
    } else if name.starts_with('$') {
        "starts with `$`, which KurrentDB reserves".to_owned()
    } else if let Some(c) = name.chars().find(|c| c.is_control()) {
        format!("holds the control character {c:?}")
    } else {
        return Ok(());
    };
    Err(Error::new(event_type.span(), format!("event type {name:?} {problem}")))
}

/// A rejection's code is a word that people search for.
pub fn check_code(code: &LitStr) -> Result<()> {
    let name = code.value();
    if !name.is_empty() && !name.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Ok(());
    }
    let problem = format!("code {name:?} is not a word: name it like \"out_of_stock\"");
    Err(Error::new(code.span(), problem))
}

/// Tables and columns are written into SQL, so their names are plain; 63 bytes are what PostgreSQL
/// keeps of one.
pub fn check_sql_name(what: &str, name: &LitStr) -> Result<()> {
    let text = name.value();
    let plain = text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let problem = if text.is_empty() || text.starts_with(|c: char| c.is_ascii_digit()) {
        "does not begin with a letter or `_`".to_owned()
    } else if !plain {
        "holds more than ASCII letters, digits and `_`".to_owned()
    } else if text.len() > 63 {
        format!("is {} bytes long, the limit is 63", text.len())
    } else {
        return Ok(());
    };
    Err(Error::new(name.span(), format!("{what} {text:?} {problem}")))
}
