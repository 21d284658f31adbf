use super::{Level, RULES, Rule};
use serde::Deserialize;
use std::{collections::BTreeMap, str::FromStr};

/// How lints are run: levels, limits, and what is meant to be as it is.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Of lints, by their names.
    #[serde(default)]
    pub lints: BTreeMap<String, Setting>,
    /// Findings that are meant.
    #[serde(default)]
    pub allow: Vec<Allow>,
}

/// How one lint is run.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
pub struct Setting {
    /// How much its findings matter, certain or not.
    #[serde(default)]
    pub level: Option<Level>,
    /// Its limits, by their names.
    #[serde(flatten)]
    pub limits: BTreeMap<String, f64>,
}

/// A finding that is meant. One that matches nothing is a finding itself.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Allow {
    /// The lint.
    pub lint: String,
    /// One of the finding's subjects.
    pub subject: String,
    /// Why.
    pub reason: String,
}

/// Why settings cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// They are not written as they should be.
    #[error("read the settings of the checks")]
    Syntax(#[from] toml::de::Error),
    /// They name a lint that there is not.
    #[error("read the settings of the checks: there is no lint {0:?}")]
    NoLint(String),
    /// They set a limit that a lint does not have, or that no number can meet.
    #[error(
        "read the settings of the checks: {lint} has {known}, and no limit {limit:?} of {value}"
    )]
    NoLimit {
        /// The lint.
        lint: String,
        /// The limit.
        limit: String,
        /// What it was set to.
        value: f64,
        /// The limits that it has.
        known: String,
    },
    /// They allow something and do not say why.
    #[error("read the settings of the checks: say why {subject} is allowed to be a {lint}")]
    NoReason {
        /// The lint.
        lint: String,
        /// What is allowed.
        subject: String,
    },
}

impl FromStr for Config {
    type Err = ConfigError;

    /// Reads TOML.
    fn from_str(text: &str) -> Result<Self, ConfigError> {
        let config: Self = toml::from_str(text)?;
        for (name, setting) in &config.lints {
            let rule = rule(name)?;
            for (limit, value) in &setting.limits {
                let known = rule.limits.iter().any(|known| known.name == limit);
                if !known || !value.is_finite() || *value < 0.0 {
                    let known: Vec<_> = rule.limits.iter().map(|limit| limit.name).collect();
                    let (lint, limit) = (name.clone(), limit.clone());
                    let known = known.join(", ");
                    return Err(ConfigError::NoLimit { lint, limit, value: *value, known });
                }
            }
        }
        for Allow { lint, subject, reason } in &config.allow {
            rule(lint)?;
            if reason.trim().is_empty() {
                let (lint, subject) = (lint.clone(), subject.clone());
                return Err(ConfigError::NoReason { lint, subject });
            }
        }
        Ok(config)
    }
}

fn rule(name: &str) -> Result<&'static Rule, ConfigError> {
    let found = RULES.iter().find(|rule| rule.name == name);
    found.ok_or_else(|| ConfigError::NoLint(name.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let error = text.parse::<Config>().expect_err(text);
        let text = format!("{error}: {:?}", std::error::Error::source(&error));
        assert!(text.contains(expected), "{text}");
    }

    #[test]
    fn settings_say_level_limits_and_what_is_meant() {
        let text = "[lints.fan-out]\nlevel = \"deny\"\nhandlers = 3\n\n[[allow]]\nlint = \"dead-event\"\nsubject = \"order.paid\"\nreason = \"auditors read it\"\n";
        let config: Config = text.parse().unwrap();
        let fan_out = &config.lints["fan-out"];
        assert_eq!((fan_out.level, fan_out.limits["handlers"]), (Some(Level::Deny), 3.0));
        assert_eq!(config.allow[0].reason, "auditors read it");
        assert_eq!("".parse::<Config>().unwrap(), Config::default());
    }

    #[test]
    fn settings_that_mean_nothing_are_refused() {
        check("[lints.dead-events]\nlevel = \"deny\"", "there is no lint \"dead-events\"");
        check(
            "[lints.fan-out]\nhandler = 3",
            "fan-out has handlers, and no limit \"handler\" of 3",
        );
        check("[lints.fan-out]\nhandlers = -1", "no limit \"handlers\" of -1");
        check("[lints.fan-out]\nlevel = \"loud\"", "loud");
        check("[[allow]]\nlint = \"fan-out\"\nsubject = \"a\"", "missing field `reason`");
        check(
            "[[allow]]\nlint = \"fan-out\"\nsubject = \"a\"\nreason = \" \"",
            "say why a is allowed to be a fan-out",
        );
        check("[limits]", "unknown field `limits`");
    }
}
