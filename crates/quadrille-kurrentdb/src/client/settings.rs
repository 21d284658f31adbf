use super::official::{ClientSettings, Credentials};
use quadrille_core::{StoreError, redact};
use rustls::{
    RootCertStore,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use std::time::Duration;

/// How a server is reached and as whom.
#[derive(Clone)]
pub(crate) struct Settings {
    name: String,
    client: ClientSettings,
    user: Option<Credentials>,
    patience: Duration,
}

impl Settings {
    /// Reads a URL: `esdb://`, `esdb+discover://`, or the same with `kurrentdb`.
    pub(crate) fn parse(url: &str, patience: Duration) -> Result<Self, StoreError> {
        let name = redact(url);
        let bad = |problem: String| StoreError::unusable(&name, problem);
        let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
        let scheme = match scheme {
            "esdb" | "kurrentdb" => "esdb",
            "esdb+discover" | "kurrentdb+discover" => "esdb+discover",
            _ => return Err(bad("a URL of a server begins with esdb:// or kurrentdb://".into())),
        };
        let end = rest.find(['?', '/']).unwrap_or(rest.len());
        let (user, place) = match rest[..end].rsplit_once('@') {
            Some((user, _)) => (Some(user), &rest[user.len() + 1..]),
            None => (None, rest),
        };
        let (hosts, parameters) = place.split_once('?').unwrap_or((place, ""));
        let parameters = Parameters::parse(parameters);
        parameters.check().map_err(bad)?;
        let query = parameters.completed();
        let client = format!("{scheme}://{hosts}?{query}").parse::<ClientSettings>();
        // The user is not in there, so nothing of it is in the message.
        let client = client.map_err(|error| {
            bad(format!(
                "{}; what is reserved in a URL, such as @ or / in a password, is written as %40 or \
                 %2F",
                error.message()
            ))
        })?;
        let user = user.map(credentials).transpose().map_err(bad)?;
        Ok(Self { name, client, user, patience })
    }

    /// The URL without secrets.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn patience(&self) -> Duration {
        self.patience
    }

    pub(super) fn of_client(&self) -> ClientSettings {
        self.client.clone()
    }

    pub(super) fn is_cluster(&self) -> bool {
        self.client.is_dns_discovery_enabled() || self.client.hosts().len() > 1
    }

    /// These options with the user, if there is one.
    pub(super) fn user<O>(&self, options: O, authenticate: impl Fn(O, Credentials) -> O) -> O {
        match &self.user {
            Some(user) => authenticate(options, user.clone()),
            None => options,
        }
    }
}

/// The client would send them as they stand in the URL.
fn credentials(user: &str) -> Result<Credentials, String> {
    let (user, password) = user.split_once(':').unwrap_or((user, ""));
    let decode = |text| {
        decoded(text)
            .ok_or("a % in the user or the password is not followed by two digits; write it as %25")
    };
    Ok(Credentials::new(decode(user)?, decode(password)?))
}

fn decoded(text: &str) -> Option<Vec<u8>> {
    let mut bytes = text.bytes();
    let mut decoded = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'%' => {
                let digits = [bytes.next()?, bytes.next()?];
                u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
            }
            byte => byte,
        });
    }
    Some(decoded)
}

struct Parameters(Vec<(String, String)>);

impl Parameters {
    fn parse(query: &str) -> Self {
        Self(url::form_urlencoded::parse(query.as_bytes()).into_owned().collect())
    }

    fn find(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    fn check(&self) -> Result<(), String> {
        let preference = self.find("nodePreference").unwrap_or("leader");
        if !preference.eq_ignore_ascii_case("leader") {
            return Err(format!(
                "nodePreference={preference}: other nodes than the leader may not know yet what was \
                 just appended; leave it out"
            ));
        }
        // The client would panic on these files.
        if let Some(file) = self.find("tlsCaFile") {
            check_authorities(file).map_err(|error| format!("tlsCaFile={file}: {error}"))?;
        }
        if let Some(file) = self.find("userCertFile") {
            certificates(file).map_err(|error| format!("userCertFile={file}: {error}"))?;
        }
        if let Some(file) = self.find("userKeyFile") {
            PrivateKeyDer::from_pem_file(file)
                .map_err(|error| format!("userKeyFile={file}: {error}"))?;
        }
        Ok(())
    }

    /// With a short pause between attempts to connect: the client waits for it before the first.
    fn completed(&self) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(&self.0);
        if self.find("discoveryInterval").is_none() {
            query.append_pair("discoveryInterval", "20");
        }
        query.finish()
    }
}

fn check_authorities(file: &str) -> Result<(), String> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(file)? {
        roots.add(certificate).map_err(|error| error.to_string())?;
    }
    Ok(())
}

fn certificates(file: &str) -> Result<Vec<CertificateDer<'static>>, String> {
    let found = CertificateDer::pem_file_iter(file).map_err(|error| error.to_string())?;
    let found = found.collect::<Result<Vec<_>, _>>().map_err(|error| error.to_string())?;
    if found.is_empty() {
        return Err("there is no certificate in it; it must be a PEM file".into());
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(url: &str) -> Result<Settings, StoreError> {
        Settings::parse(url, Duration::from_secs(1))
    }

    #[test]
    fn addresses_are_those_of_the_client() {
        let check = |url: &str, hosts: &[(&str, u32)], cluster: bool| {
            let settings = parse(url).unwrap();
            let found = settings.client.hosts().iter();
            let found: Vec<_> = found.map(|at| (at.host.as_str(), at.port)).collect();
            assert_eq!((&found[..], settings.is_cluster()), (hosts, cluster), "{url}");
        };
        check("esdb://db:2114", &[("db", 2114)], false);
        check("kurrentdb://db?tls=false", &[("db", 2113)], false);
        check("kurrentdb+discover://example.org:2113", &[("example.org", 2113)], true);
        check("esdb://u:p@a:1,b:2,c:3?tls=true", &[("a", 1), ("b", 2), ("c", 3)], true);
    }

    #[test]
    fn a_user_is_decoded_and_never_shown() {
        let settings = parse("esdb://s%C3%B8ren:p%40ss%2Fw@db?tls=false").unwrap();
        assert_eq!(settings.user, Some(Credentials::new("søren", "p@ss/w")));
        assert_eq!(*settings.client.default_authenticated_user(), None);
        assert_eq!(settings.name(), "esdb://s%C3%B8ren:***@db?tls=false");
        for url in ["esdb://a:s3cr3t%4@db", "esdb://a:s3cr3t@:x", "nats://a:s3cr3t@db"] {
            let error = parse(url).err().expect(url).to_string();
            assert!(!error.contains("s3cr3t"), "{error}");
        }
    }

    #[test]
    fn what_would_not_work_is_refused() {
        let check = |url: &str, part: &str| {
            let error = parse(url).err().expect(url).to_string();
            assert!(error.contains(part), "{error}");
        };
        check("esdb://db?nodePreference=follower", "leave it out");
        check("esdb://db?tlsCAFile=missing.pem", "tlsCaFile=missing.pem");
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
        check(&format!("esdb://db?tlsCaFile={file}"), "no certificate in it");
    }
}
