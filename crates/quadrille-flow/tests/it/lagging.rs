use crate::flows::{manifest, order, order_with_models};
use quadrille_core::Position;
use quadrille_flow::trace::{Lagging, Model, Trace, TreeStyle};

fn lagging(version: u32, checkpoint: Option<u64>) -> Vec<Lagging> {
    let mut input = order();
    input.manifests = vec![manifest()];
    let checkpoint = checkpoint.map(Position);
    input.models = vec![Model { name: "order_status".into(), version, checkpoint }];
    Trace::build(&input).lagging
}

#[test]
fn a_read_model_lags_behind_the_events_that_it_reads() {
    let [model] = &lagging(2, None)[..] else { panic!("it has not begun") };
    assert_eq!((model.events, &*model.next_type, model.next_position.0), (2, "order.placed", 10));
    assert_eq!((model.checkpoint, model.component.as_deref()), (None, Some("orders")));
    let [model] = &lagging(2, Some(10))[..] else { panic!("it has not read the last") };
    assert_eq!((model.events, &*model.next_type), (1, "order.cancelled"));
    let last = model.next_position.0;
    assert_eq!(lagging(2, Some(last)), []);
    assert_eq!(lagging(2, Some(last - 1)).len(), 1);
}

#[test]
fn what_another_version_reads_is_better_than_nothing() {
    assert_eq!(lagging(1, None).len(), 1);
}

#[test]
fn of_what_nobody_declares_nothing_is_said() {
    let mut input = order_with_models();
    assert_eq!(Trace::build(&input).lagging.len(), 1);
    input.manifests.clear();
    assert_eq!(Trace::build(&input).lagging, []);
}

#[test]
fn all_drawings_name_it() {
    let trace = Trace::build(&order_with_models());
    let style = TreeStyle::default();
    let texts = [trace.tree(style), trace.sequence(style), trace.timeline(style)];
    for text in texts {
        let said = "▤ order_status v2  has not read order.cancelled at position";
        assert!(text.contains(said), "{text}");
        assert!(text.lines().nth(1).unwrap().ends_with("1 read model behind"), "{text}");
    }
    let json = serde_json::to_value(&trace).unwrap();
    assert_eq!(json["lagging"][0]["name"], "order_status");
    assert_eq!(json["nodes"][0]["component"], "orders");
}
