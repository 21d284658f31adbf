//! A projector that waits until somebody lets it go, so that there is time to look at a read model
//! that is being built. On a long log one would see the same without it.

use quadrille::prelude::*;
use tokio::sync::watch;

pub struct Held<P> {
    projector: P,
    released: watch::Receiver<bool>,
}

impl<P> Held<P> {
    /// The projector, and what to send `true` to.
    pub fn new(projector: P) -> (Self, watch::Sender<bool>) {
        let (release, released) = watch::channel(false);
        (Self { projector, released }, release)
    }
}

impl<P: Projector> Projector for Held<P> {
    const NAME: &'static str = P::NAME;
    const VERSION: u32 = P::VERSION;
    type Event = P::Event;
    type Db = P::Db;

    async fn setup(&self, tx: &mut Tx<P::Db>) -> Projected {
        self.projector.setup(tx).await
    }

    async fn project(&self, event: &Recorded<P::Event>, tx: &mut Tx<P::Db>) -> Projected {
        self.released.clone().wait_for(|released| *released).await.map(drop)?;
        self.projector.project(event, tx).await
    }
}
