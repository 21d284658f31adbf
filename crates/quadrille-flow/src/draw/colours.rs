//! The colours, and the style sheet of the SVG: calm colours with enough contrast, light and dark. Kinds have the colours that
//! event storming gives them: events are orange, commands blue, policies lilac, read models green.

use super::Theme;

/// Custom properties: name, light, dark.
const PALETTE: [(&str, &str, &str); 35] = [
    ("paper", "#ffffff", "#12151a"),
    ("lane", "#f6f7f9", "#191d24"),
    ("lane-line", "#dfe3e8", "#2b313b"),
    ("ink", "#1d2229", "#e8ebf0"),
    ("quiet", "#56606c", "#a7b0bc"),
    ("label", "#3a434e", "#c9d0d9"),
    ("edge", "#7d8895", "#7f8b99"),
    ("added", "#1a7f37", "#4ac26b"),
    ("removed", "#cf222e", "#ff7b72"),
    ("event", "#bf6f00", "#e3a340"),
    ("event-fill", "#fff3dc", "#33270f"),
    ("command", "#2670c4", "#6cabf2"),
    ("command-fill", "#e6f1fd", "#152a42"),
    ("reaction", "#9149c4", "#c493ef"),
    ("reaction-fill", "#f7ecfd", "#332040"),
    ("process", "#5648b5", "#a096f5"),
    ("process-fill", "#ebe8fb", "#262148"),
    ("deadline", "#c2402a", "#f28c74"),
    ("deadline-fill", "#fdebe7", "#41201a"),
    ("projector", "#2a8347", "#63bf7d"),
    ("projector-fill", "#e6f6ea", "#14311d"),
    ("external", "#5c6875", "#9ca7b4"),
    ("external-fill", "#edf0f3", "#262c34"),
    ("unknown", "#6e7781", "#8d97a3"),
    ("unknown-fill", "#ffffff", "#12151a"),
    ("t0", "#3a80b6", "#57a5df"),
    ("t1", "#6b7aa6", "#8fa5d1"),
    ("t2", "#a37086", "#c69db0"),
    ("t3", "#c8674c", "#e79270"),
    ("t4", "#d44a1a", "#ff7840"),
    ("t0-text", "#2c6897", "#6fb4e8"),
    ("t1-text", "#54628c", "#9db1da"),
    ("t2-text", "#86566b", "#d0abbc"),
    ("t3-text", "#a5482f", "#eca083"),
    ("t4-text", "#b33a10", "#ff8d5c"),
];

const RULES: &str = "
.quadrille-flow text{font-family:'Helvetica Neue',Helvetica,Arial,'Liberation Sans',sans-serif;\
font-size:12.5px;fill:var(--ink)}
.quadrille-flow .paper{fill:var(--paper)}
.quadrille-flow .lane{fill:var(--lane);stroke:var(--lane-line)}
.quadrille-flow .title{font-size:20px;font-weight:700}
.quadrille-flow .lane-name{font-size:13.5px;font-weight:700}
.quadrille-flow .quiet{fill:var(--quiet)}
.quadrille-flow .subtitle{font-size:13px}
.quadrille-flow .note,.quadrille-flow .figures,.quadrille-flow .key{font-size:11px}
.quadrille-flow .figures,.quadrille-flow .key{fill:var(--quiet)}
.quadrille-flow .label{font-size:10.5px;fill:var(--label);text-anchor:middle}
.quadrille-flow .plate{fill:var(--lane)}
.quadrille-flow .bare .plate{fill:var(--paper)}
.quadrille-flow .wire{fill:none;stroke:var(--edge);stroke-linejoin:round}
.quadrille-flow .tip{fill:var(--edge)}
.quadrille-flow .shape,.quadrille-flow .mark{stroke-width:1.4;stroke-linejoin:round;\
stroke-linecap:round}
.quadrille-flow .mark{fill:none}
.quadrille-flow .added .wire{stroke:var(--added)}
.quadrille-flow .added .tip{fill:var(--added)}
.quadrille-flow .removed .wire{stroke:var(--removed);stroke-dasharray:7 4}
.quadrille-flow .removed .tip{fill:var(--removed)}
.quadrille-flow .added .label{fill:var(--added)}
.quadrille-flow .removed .label{fill:var(--removed)}
.quadrille-flow .edge:hover .wire{stroke:var(--ink)}
.quadrille-flow .edge:hover .tip{fill:var(--ink)}
";

/// The kinds that have colours.
const KINDS: [&str; 8] =
    ["event", "command", "reaction", "process", "deadline", "projector", "external", "unknown"];

/// How many steps the scale of latencies has.
pub const STEPS: usize = 5;

/// A colour by its name, for formats that know no style sheets. They are light where nobody chose.
pub fn of(name: &str, theme: Theme) -> &'static str {
    let (_, light, dark) = PALETTE.iter().find(|colour| colour.0 == name).expect("a known name");
    if theme == Theme::Dark { dark } else { light }
}

/// The style sheet of a theme, with more rules at its end. Only [`Theme::Auto`] needs custom
/// properties.
pub fn sheet(theme: Theme, more: &str) -> String {
    let mut rules = RULES.to_owned();
    for kind in KINDS {
        rules.push_str(&format!(
            ".quadrille-flow .{kind} .shape{{fill:var(--{kind}-fill);stroke:var(--{kind})}}\n\
             .quadrille-flow .{kind} .mark{{stroke:var(--{kind})}}\n"
        ));
    }
    for step in 0..STEPS {
        rules.push_str(&format!(
            ".quadrille-flow .t{step} .wire{{stroke:var(--t{step})}}\n\
             .quadrille-flow .t{step} .tip{{fill:var(--t{step})}}\n\
             .quadrille-flow .t{step} .label{{fill:var(--t{step}-text)}}\n"
        ));
    }
    // Later rules win: what changed shows in the outline of its kind.
    rules.push_str(
        ".quadrille-flow .unknown .shape{stroke-dasharray:2 3}\n\
         .quadrille-flow .node.added .shape{stroke:var(--added);stroke-width:2.4}\n\
         .quadrille-flow .node.removed .shape{stroke:var(--removed);stroke-width:2;\
         stroke-dasharray:6 4}\n\
         .quadrille-flow .node.removed .name{text-decoration:line-through}\n\
         .quadrille-flow .node.added .figures{fill:var(--added)}\n\
         .quadrille-flow .node.removed .figures{fill:var(--removed)}\n",
    );
    rules.push_str(more);
    match theme {
        Theme::Auto => {
            let light = properties(|(_, light, _)| light);
            let dark = properties(|(_, _, dark)| dark);
            format!(
                "\n.quadrille-flow.auto{{{light}}}\n@media (prefers-color-scheme:dark){{\
                 .quadrille-flow.auto{{{dark}}}}}{rules}"
            )
        }
        Theme::Light => fixed(rules, |(_, light, _)| light),
        Theme::Dark => fixed(rules, |(_, _, dark)| dark),
    }
}

/// The colours of a fixed theme as custom properties, for pages that hold such pictures.
pub(crate) fn palette(theme: Theme) -> String {
    properties(|(_, light, dark)| if theme == Theme::Dark { dark } else { light })
}

type Colour = (&'static str, &'static str, &'static str);

fn properties(choose: impl Fn(Colour) -> &'static str) -> String {
    PALETTE.iter().map(|&colour| format!("--{}:{};", colour.0, choose(colour))).collect()
}

/// Without custom properties, for viewers that know none.
fn fixed(mut rules: String, choose: impl Fn(Colour) -> &'static str) -> String {
    for colour in PALETTE {
        rules = rules.replace(&format!("var(--{})", colour.0), choose(colour));
    }
    rules
}

#[cfg(test)]
mod tests {
    use super::*;

    fn luminance(colour: &str) -> f64 {
        let part = |at: usize| {
            let part = u8::from_str_radix(&colour[at..at + 2], 16).unwrap();
            let part = f64::from(part) / 255.0;
            if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5)
    }

    fn contrast(front: &str, back: &str) -> f64 {
        let name = |name: &str| *PALETTE.iter().find(|colour| colour.0 == name).unwrap();
        let (front, back) = (name(front), name(back));
        let of = |front: &str, back: &str| {
            let (a, b) = (luminance(front), luminance(back));
            (a.max(b) + 0.05) / (a.min(b) + 0.05)
        };
        of(front.1, back.1).min(of(front.2, back.2))
    }

    #[test]
    fn text_has_a_contrast_of_4_5_and_lines_one_of_3_in_both_themes() {
        let mut weak = Vec::new();
        let mut check = |front: &str, back: &str, least: f64| {
            let contrast = contrast(front, back);
            if contrast < least {
                weak.push(format!("{front} on {back}: {contrast:.2}"));
            }
        };
        for back in ["paper", "lane"] {
            for text in ["ink", "quiet", "label", "added", "removed"] {
                check(text, back, 4.5);
            }
            check("edge", back, 3.0);
            for step in 0..STEPS {
                check(&format!("t{step}"), back, 3.0);
                check(&format!("t{step}-text"), back, 4.5);
            }
            KINDS.iter().for_each(|kind| check(kind, back, 3.0));
        }
        for kind in KINDS {
            let fill = format!("{kind}-fill");
            for text in ["ink", "quiet"] {
                check(text, &fill, 4.5);
            }
            check(kind, &fill, 3.0);
        }
        assert_eq!(weak, [""; 0]);
    }

    #[test]
    fn every_colour_of_a_fixed_theme_is_known() {
        assert!(!sheet(Theme::Light, "").contains("var("));
        assert!(!sheet(Theme::Dark, "").contains("var("));
    }
}
