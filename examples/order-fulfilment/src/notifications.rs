//! Messages to customers. Each channel subscribes for itself: adding one touches nothing else.

use quadrille::prelude::*;
use std::{
    collections::{BTreeMap, HashSet},
    sync::{Arc, Mutex, PoisonError},
};

/// What was sent, by channel. A real one would hand the event's id to its provider, so that a
/// message that is sent twice arrives once: reactions run at least once.
#[derive(Clone, Default)]
pub struct Outgoing(Arc<Mutex<BTreeMap<&'static str, HashSet<quadrille::EventId>>>>);

impl Outgoing {
    fn send(&self, channel: &'static str, key: quadrille::EventId) {
        let mut sent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sent.entry(channel).or_default().insert(key);
    }

    /// How many messages each channel sent.
    pub fn counts(&self) -> Vec<(&'static str, usize)> {
        let sent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sent.iter().map(|(channel, keys)| (*channel, keys.len())).collect()
    }
}

#[derive(View)]
enum ForEmail {
    #[reads("order.placed")]
    Placed,
    #[reads("order.cancelled")]
    Cancelled,
    #[reads("payment.refunded")]
    Refunded,
}

#[derive(View)]
enum ForSms {
    #[reads("shipment.dispatched")]
    Dispatched,
    #[reads("shipment.lost")]
    Lost,
}

#[derive(View)]
#[reads("order.delivered")]
struct ForPush {}

pub fn notifications(outgoing: &Outgoing) -> Component {
    let (email, sms, push) = (outgoing.clone(), outgoing.clone(), outgoing.clone());
    Component::new("notifications")
        .owner("team-customers")
        .on("email", move |e: &Recorded<ForEmail>| match **e {
            ForEmail::Placed | ForEmail::Cancelled | ForEmail::Refunded => {
                email.send("email", e.envelope().id);
            }
        })
        .on("sms", move |e: &Recorded<ForSms>| match **e {
            ForSms::Dispatched | ForSms::Lost => sms.send("sms", e.envelope().id),
        })
        .on("push", move |e: &Recorded<ForPush>| push.send("push", e.envelope().id))
}
