use crate::data;
use quadrille_cli::xes::{Case, NAME_KEY, Reader, TIME_KEY, Value, XesError, open};
use std::{error::Error, io::Read, iter::successors};

const HEAD: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<log xes.version="1.0"><global scope="event"><string key="concept:name" value="x"/></global>
"#;

fn read(log: &str) -> Vec<Result<Case, XesError>> {
    Reader::new(log.as_bytes()).collect()
}

fn case(inside: &str) -> Case {
    let log = format!("{HEAD}<trace>{inside}</trace></log>");
    read(&log).into_iter().next().expect("a case").expect("a readable case")
}

fn json(inside: &str) -> String {
    let case = case(&format!("<event>{inside}</event>"));
    serde_json::to_string(&case.events[0].attributes_as_json()).unwrap()
}

fn message(error: &XesError) -> String {
    let chain = successors(Some(error as &dyn Error), |error| (*error).source());
    chain.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// The last item is an error that says this.
#[track_caller]
fn check_error(log: &str, cases_before: usize, expected: &str) {
    let items = read(log);
    let (last, before) = items.split_last().expect("an error");
    assert!(before.iter().all(Result::is_ok));
    assert_eq!(before.len(), cases_before);
    let message = message(last.as_ref().expect_err("an error"));
    assert!(message.contains(expected), "{message}");
}

#[test]
fn values_keep_their_types_and_order() {
    let attributes = r#"<string key="z" value="a &lt;b&gt; &#233;"/><int key="i" value="-3"/>
        <float key="f" value="2.5"/><boolean key="b" value="true"/><id key="d" value="x-1"/>
        <date key="t" value="2011-10-01T00:38:44.546+02:00"/><float key="n" value="NaN"/>"#;
    assert_eq!(
        json(attributes),
        r#"{"z":"a <b> é","i":-3,"f":2.5,"b":true,"d":"x-1","t":"2011-10-01T00:38:44.546+02:00","n":"NaN"}"#
    );
}

#[test]
fn nested_attributes_are_kept() {
    assert_eq!(
        json(
            r#"<string key="a" value="1"><int key="b" value="2"><id key="c" value="3"/></int></string>"#
        ),
        r#"{"a":{"value":"1","attributes":{"b":{"value":2,"attributes":{"c":"3"}}}}}"#
    );
    assert_eq!(
        json(
            r#"<list key="l"><values><int key="x" value="1"/><int key="x" value="2"/></values></list>"#
        ),
        r#"{"l":[{"x":1},{"x":2}]}"#
    );
    assert_eq!(
        json(r#"<container key="c"><int key="x" value="1"/></container>"#),
        r#"{"c":{"x":1}}"#
    );
}

#[test]
fn times_are_turned_to_utc_and_those_without_an_offset_need_one() {
    let at = |value: &str, offset| {
        let case = case(&format!(r#"<event><date key="time:timestamp" value="{value}"/></event>"#));
        let time = case.events[0].time(TIME_KEY, offset);
        time.map(|time| time.to_rfc3339()).map_err(|error| message(&error))
    };
    let written = at("2011-10-01T00:38:44.546+02:00", None);
    assert_eq!(written.unwrap(), "2011-09-30T22:38:44.546+00:00");
    assert_eq!(at("2011-10-01T00:38:44Z", None).unwrap(), "2011-10-01T00:38:44+00:00");
    assert!(at("2011-10-01T00:38:44", None).unwrap_err().contains("without an offset"));
    let paris = chrono::FixedOffset::east_opt(3600);
    assert_eq!(at("2011-10-01T00:38:44", paris).unwrap(), "2011-09-30T23:38:44+00:00");
    assert!(at("yesterday", None).unwrap_err().contains("line 3, column 15"));
}

#[test]
fn errors_name_line_and_column_and_come_behind_what_was_read() {
    let good = "<trace>\n<event/></trace>\n";
    let log = |rest: &str| format!("{HEAD}{good}{rest}");
    check_error(&log("  <trace></event></trace></log>"), 1, "at line 5, column 10: malformed XML");
    check_error(&log("<trace><event a=b/></trace></log>"), 1, "at line 5, column 8: malformed");
    check_error(&log("<trace><event>"), 1, "line 5, column 15: the text ends within a <event>");
    check_error(&log("é<trace/></log>"), 1, "at line 5, column 1: there is text");
    check_error(&log("<trace>é"), 1, "at line 5, column 8: there is text");
    check_error(&log("<event/></log>"), 1, "outside of any <trace>");
    check_error(&log("<trace><string key=\"x\"/></trace></log>"), 1, "`x` has no `value`");
    check_error(&log("<trace><int key='x' value='1.5'/></trace></log>"), 1, "not a whole number");
    check_error(&log("<trace><blob key='x' value='1'/></trace></log>"), 1, "<blob> is not known");
    check_error(&log("<trace><string value='1'/></trace></log>"), 1, "it has no `key`");
    let twice = "<trace><int key='x' value='1'/><int key='x' value='2'/></trace></log>";
    check_error(&log(twice), 1, "line 5, column 32: the attribute `x` is there twice");
    check_error(&log("</log><log/>"), 1, "there is more behind </log>");
    check_error("", 0, "line 1, column 1: there is no <log>");
    check_error("<html></html>", 0, "the root is <html>, not <log>");
    check_error("<?xml version='1.0' encoding='ISO-8859-1'?><log/>", 0, "is in ISO-8859-1");
}

#[test]
fn attributes_cannot_lie_so_deep_that_the_stack_ends() {
    let deep = "<string key='x' value='1'>".repeat(100_000);
    check_error(&format!("{HEAD}<trace>{deep}"), 0, "more than 64 deep");
}

#[test]
fn a_tag_that_never_ends_does_not_fill_the_memory() {
    let endless = HEAD.as_bytes().chain(&b"<trace><string key='"[..]).chain(std::io::repeat(b'x'));
    let error = Reader::new(endless).next().unwrap().unwrap_err();
    assert!(message(&error).contains("longer than 16 MiB"), "{}", message(&error));
}

#[test]
fn entities_of_a_document_type_are_not_expanded() {
    let bomb = r#"<!DOCTYPE log [<!ENTITY a "b">]><log><trace><string key="k" value="&a;"/></trace></log>"#;
    check_error(bomb, 0, "malformed XML");
}

#[test]
fn a_truncated_archive_is_an_error_behind_the_cases_that_were_whole() {
    let Some(path) = data::file("bpic2012.xes.gz") else { return };
    let bytes = std::fs::read(path).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let cut = folder.path().join("cut.xes.gz");
    std::fs::write(&cut, &bytes[..bytes.len() / 2]).unwrap();
    let items: Vec<_> = open(&cut).unwrap().collect();
    let (last, before) = items.split_last().unwrap();
    assert!(before.len() > 1_000 && before.iter().all(Result::is_ok));
    let error = last.as_ref().unwrap_err();
    assert!(message(error).contains("the text breaks off"), "{}", message(error));
    assert!(error.place.line > 100_000, "{}", error.place);
}

#[test]
fn a_gzip_file_of_two_parts_is_read_to_its_end() {
    use std::io::Write;
    let gzip = |text: &str| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    let parts = [gzip(&format!("{HEAD}<trace/>")), gzip("<trace/></log>")].concat();
    std::fs::write(&path, parts).unwrap();
    assert_eq!(open(&path).unwrap().map(Result::unwrap).count(), 2);
}

#[test]
fn a_real_log_is_read_whole() {
    let Some(path) = data::file("bpic2012.xes.gz") else { return };
    let cases: Vec<Case> = open(&path).unwrap().map(Result::unwrap).collect();
    assert_eq!(cases.len(), 13_087);
    assert_eq!(cases.iter().map(|case| case.events.len()).sum::<usize>(), 262_200);
    assert_eq!(cases[0].text(NAME_KEY).unwrap(), "173688");
    let first = &cases[0].events[0];
    assert_eq!(first.text(NAME_KEY).unwrap(), "A_SUBMITTED");
    assert_eq!(first.time(TIME_KEY, None).unwrap().to_rfc3339(), "2011-09-30T22:38:44.546+00:00");
    let resource = first.attributes.iter().find(|attribute| attribute.key == "org:resource");
    assert_eq!(resource.unwrap().value, Value::String("112".into()));
    assert_eq!(first.place.line, 12_744);
}
