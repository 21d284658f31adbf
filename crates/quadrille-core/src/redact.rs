//! Addresses without their secrets, for messages and logs.

/// A URL without its secrets: what stands before the `@`, and parameters that name one.
pub fn redact(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    // A secret may hold a `?` or a `/` that should have been written otherwise.
    let (user, place) = rest.rsplit_once('@').map_or((None, rest), |(user, at)| (Some(user), at));
    let user = user.map(|user| match user.split_once(':') {
        Some((user, _)) => format!("{user}:***@"),
        None => format!("{user}@"),
    });
    let (place, query) = match place.split_once('?') {
        Some((place, query)) => (place, Some(query)),
        None => (place, None),
    };
    let hide = |pair: &str| match pair.split_once('=') {
        Some((key, _)) if is_secret(key) => format!("{key}=***"),
        _ => pair.to_owned(),
    };
    let query = query.map(|query| query.split('&').map(hide).collect::<Vec<_>>().join("&"));
    let user = user.unwrap_or_default();
    format!(
        "{scheme}://{user}{place}{}",
        query.map_or_else(String::new, |query| format!("?{query}"))
    )
}

fn is_secret(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    ["pass", "pwd", "secret", "token", "key"].iter().any(|part| key.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_hidden() {
        let check = |url: &str, expected: &str| assert_eq!(redact(url), expected);
        check("postgres://bank:s3cr3t@db:5432/bank", "postgres://bank:***@db:5432/bank");
        check("postgres://bank:p@ss:w@db/bank", "postgres://bank:***@db/bank");
        check(
            "postgres://db/bank?password=x&sslmode=require",
            "postgres://db/bank?password=***&sslmode=require",
        );
        check("postgres://bank:a?b@db/bank", "postgres://bank:***@db/bank");
        check("esdb://admin:changeit@host?tls=false", "esdb://admin:***@host?tls=false");
        check("sqlite:bank.db", "sqlite:bank.db");
    }
}
