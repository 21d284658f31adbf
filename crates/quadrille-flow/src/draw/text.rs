//! How names and numbers are written, and how much room they take.

use crate::text::is_unsafe;
use unicode_width::UnicodeWidthChar;

/// Widths of the characters from space to tilde, in thousandths of the font's size: the metrics
/// that Adobe published for Helvetica, which Arial and Liberation Sans share.
const HELVETICA: [u16; 95] = [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556,
    556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667,
    611, 778, 722, 278, 500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667,
    667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500,
    222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
];

/// Room for what is not Helvetica: bold letters, and fonts that a browser takes instead.
const ROOMY: f64 = 1.08;

/// The width of a text in a sans-serif font of this size, rather too much than too little.
pub fn width(text: &str, size: f64) -> f64 {
    let thousandths = text.chars().map(|letter| match letter {
        ' '..='~' => HELVETICA[letter as usize - ' ' as usize],
        _ => match letter.width() {
            None | Some(0) => 0,
            Some(1) => 722,
            Some(_) => 1_000,
        },
    });
    thousandths.map(f64::from).sum::<f64>() / 1_000.0 * size * ROOMY
}

/// A name on at most two lines of this width, broken where it has joints, and shortened where even
/// that is not enough.
pub fn wrap(name: &str, size: f64, room: f64) -> Vec<String> {
    // A line break in a name would be one in the picture.
    let name: String = name.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if width(&name, size) <= room {
        return vec![name];
    }
    let joints = name.char_indices().filter(|(_, c)| " ._-:/".contains(*c));
    let ends = joints.map(|(at, c)| at + c.len_utf8());
    let fits = |at: &usize| width(name[..*at].trim_end(), size) <= room;
    match ends.take_while(fits).last() {
        Some(at) if at < name.len() => {
            vec![name[..at].trim_end().to_owned(), shorten(name[at..].trim_start(), size, room)]
        }
        _ => vec![shorten(&name, size, room)],
    }
}

/// The text, or as much of it as fits with an ellipsis.
pub fn shorten(text: &str, size: f64, room: f64) -> String {
    if width(text, size) <= room {
        return text.to_owned();
    }
    let mut kept = String::new();
    for letter in text.chars() {
        kept.push(letter);
        if width(&kept, size) + width("…", size) > room {
            kept.pop();
            break;
        }
    }
    format!("{}…", kept.trim_end())
}

/// A number with its thousands set apart.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() * 4 / 3);
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A part of a whole.
pub fn share(share: f64) -> String {
    match share * 100.0 {
        percent if percent > 0.0 && percent < 0.05 => "<0.1%".to_owned(),
        percent if percent > 0.0 && percent < 0.95 => format!("{percent:.1}%"),
        percent => format!("{percent:.0}%"),
    }
}

/// A duration in one unit, with one decimal where that says more.
pub fn duration(micros: u64) -> String {
    const UNITS: [(&str, f64); 6] =
        [("d", 86.4e9), ("h", 3.6e9), ("min", 6e7), ("s", 1e6), ("ms", 1e3), ("µs", 1.0)];
    let micros = micros as f64;
    let unit = UNITS.iter().find(|(_, size)| micros >= *size).unwrap_or(&UNITS[5]);
    let amount = micros / unit.1;
    match (amount * 10.0).round() / 10.0 {
        small if small < 10.0 && small.fract() > 0.0 => format!("{small:.1} {}", unit.0),
        _ => format!("{amount:.0} {}", unit.0),
    }
}

/// Text as XML wants it, also within quotes. What XML cannot hold is replaced.
pub fn xml(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            '\n' | '\t' => safe.push(letter),
            '\u{fffe}' | '\u{ffff}' => safe.push('\u{fffd}'),
            _ if is_unsafe(letter) => safe.push('\u{fffd}'),
            _ => safe.push(letter),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        let check = |made: String, expected| assert_eq!(made, expected);
        check(count(0), "0");
        check(count(999), "999");
        check(count(13_087), "13,087");
        check(count(1_234_567), "1,234,567");
        check(share(1.0), "100%");
        check(share(0.00002), "<0.1%");
        check(share(0.005), "0.5%");
        check(share(0.389), "39%");
        check(duration(0), "0 µs");
        check(duration(850), "850 µs");
        check(duration(1_250_000), "1.3 s");
        check(duration(8_640_000_000), "2.4 h");
        check(duration(86_400_000_000 * 3), "3 d");
    }

    #[test]
    fn long_names_break_at_their_joints_and_are_then_shortened() {
        let check = |name: &str, expected: &[&str]| assert_eq!(wrap(name, 12.0, 100.0), expected);
        check("order.placed", &["order.placed"]);
        check("order.reserved_too_late", &["order.reserved_", "too_late"]);
        check("unbreakableunbreakable", &["unbreakableun…"]);
        check("two\nlines", &["two lines"]);
        check("", &[""]);
        for line in wrap(&"order.placed_".repeat(9), 12.0, 100.0) {
            assert!(width(&line, 12.0) <= 100.0, "{line}");
        }
    }

    #[test]
    fn whatever_xml_cannot_hold_is_kept_out() {
        assert_eq!(
            xml("<a href=\"x\">&'\0\u{1b}"),
            "&lt;a href=&quot;x&quot;&gt;&amp;&#39;\u{fffd}\u{fffd}"
        );
        assert_eq!(xml("\u{7f}\u{9b}\u{202e}\u{2069}a\nb"), "\u{fffd}\u{fffd}\u{fffd}\u{fffd}a\nb");
    }
}
