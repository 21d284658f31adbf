use super::domain::{OutOfStock, Stock, StockCommand::*, StockEvent::*, order};
use quadrille_testing::scenario::given;

#[test]
fn an_aggregate_decides_on_what_has_happened() {
    given::<Stock>([Added { pieces: 1 }])
        .when(Reserve { order: order() })
        .then([Reserved { order: order() }]);
    given::<Stock>([]).when(Reserve { order: order() }).then_rejected(OutOfStock(0));
    given::<Stock>([]).when(Add { pieces: 0 }).then_nothing();
}

#[test]
fn what_was_decided_has_happened_when_the_story_goes_on() {
    given::<Stock>([Added { pieces: 1 }])
        .when(Reserve { order: order() })
        .then([Reserved { order: order() }])
        .when(Reserve { order: "o2".into() })
        .then_rejected(OutOfStock(0))
        .when(Release { order: order() })
        .then([Released { order: order() }])
        .when(Reserve { order: "o2".into() })
        .then([Reserved { order: "o2".into() }]);
}
