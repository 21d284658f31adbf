//! The page for a review.

use crate::{
    bench::{Bench, append},
    flow_declared::{SHOP, changed, start},
    log::{placed, stream},
};
use quadrille_flow::report::read;

#[tokio::test]
async fn a_report_is_one_page_on_standard_output() {
    let bench = Bench::new();
    start(&bench, &[SHOP.into()]).await;
    let page = bench.run(&["flow", "report", "--title", "Our shop"]).out();
    assert!(page.starts_with("<!DOCTYPE html>") && page.ends_with("</html>\n"), "{page}");
    assert!(page.contains("<h1>Our shop</h1>"), "{page}");
    let review = read(&page).unwrap();
    assert_eq!((review.apps[0].as_str(), review.flows.len()), ("shop", 1));
    assert!(!review.observed && review.findings.is_empty());
}

#[tokio::test]
async fn the_next_report_says_what_has_changed_and_may_take_the_place_of_the_last() {
    let bench = Bench::new();
    start(&bench, &[SHOP.into()]).await;
    let said = bench.run(&["flow", "report", "--out", "review.html"]).out();
    assert_eq!(said, "review.html: 1 flow, 0 errors, 0 warnings\n");
    start(&bench, &[changed()]).await;
    let next = ["flow", "report", "--since", "review.html", "--out", "review.html"];
    let said = bench.run(&next).out();
    let (before, after) = said.split_once("; since ").unwrap();
    assert_eq!(before, "review.html: 2 flows, 1 error, 1 warning");
    assert!(after.ends_with(" 1 node and 2 edges changed, 2 findings found, 0 gone\n"), "{said}");
    let page = std::fs::read_to_string(bench.path("review.html")).unwrap();
    assert!(page.contains("<h2>What changed</h2>") && page.contains("deaf-handler"), "{page}");
}

#[tokio::test]
async fn settings_the_log_and_files_are_looked_at_as_by_the_check() {
    let bench = Bench::new();
    start(&bench, &[SHOP.into(), changed()]).await;
    let store = bench.store().await;
    append(&store, &stream("order-o1"), vec![placed(1)]).await;
    store.close().await;
    let settings = "[[allow]]\nlint = \"deaf-handler\"\nsubject = \"reaction:email\"\nreason = \"the carrier comes next month\"\n";
    bench.write("flow.toml", settings);
    let page = bench.run(&["flow", "report", "--observed", "--config", "flow.toml"]).out();
    let review = read(&page).unwrap();
    assert!(review.observed);
    assert_eq!(review.graph.node("order.placed").unwrap().count, Some(1));
    assert_eq!(review.allowed[0].reason.as_deref(), Some("the carrier comes next month"));
    let first = read(&bench.run(&["flow", "report", "shop@1"]).out()).unwrap();
    assert!(first.findings.is_empty());
}

#[test]
fn a_file_is_reported_on_without_a_store_and_what_is_no_report_is_refused() {
    let bench = Bench::new();
    bench.write("shop.json", SHOP);
    bench.write("page.html", "<p>hello</p>");
    let files = ["flow", "report", "--manifest", "shop.json"];
    assert!(bench.run(&files).out().contains("<title>shop</title>"));
    assert!(!bench.path("log.db").exists());
    let check = |more: &[&str], expected: &str| {
        let error = bench.run(&[&files, more].concat()).error();
        assert!(error.starts_with(expected) && error.lines().count() == 1, "{error}");
    };
    let unread = "error: failed to use page.html: find the data of a flow report: this is no page";
    check(&["--since", "page.html"], unread);
    check(&["--since", "gone.html"], "error: failed to read gone.html: ");
    check(&["--out", "no/such/folder.html"], "error: failed to write no/such/folder.html: ");
    bench.write("none.json", "[]");
    let error = bench.run(&["flow", "report", "--manifest", "none.json"]).error();
    assert_eq!(error, "error: failed to report on the flow: the files hold no manifest\n");
}
