//! A help desk whose flow has most of what can be wrong with one, and the same, mended.

use quadrille::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Event)]
#[event(category = "ticket")]
pub enum TicketEvent {
    #[event(was(OpenedV1))]
    Opened {
        agent: String,
        urgent: bool,
    },
    Escalated {
        agent: String,
    },
    Closed,
}

/// Version 1 knew no urgency.
#[derive(Deserialize)]
pub struct OpenedV1 {
    agent: String,
}

impl From<OpenedV1> for TicketEvent {
    fn from(old: OpenedV1) -> Self {
        Self::Opened { agent: old.agent, urgent: false }
    }
}

#[derive(Command)]
pub enum TicketCommand {
    #[emits(TicketEvent::Opened)]
    Open { agent: String, urgent: bool },
    #[emits(TicketEvent::Escalated)]
    Escalate,
    #[emits(TicketEvent::Closed)]
    Close,
}

#[derive(Default)]
pub struct Ticket {
    agent: String,
}

impl Aggregate for Ticket {
    type Event = TicketEvent;
    type Command = TicketCommand;
    type Error = Never;

    fn decide(&self, command: TicketCommand) -> Decision<Self> {
        Ok(vec![match command {
            TicketCommand::Open { agent, urgent } => TicketEvent::Opened { agent, urgent },
            TicketCommand::Escalate => TicketEvent::Escalated { agent: self.agent.clone() },
            TicketCommand::Close => TicketEvent::Closed,
        }])
    }

    fn evolve(&mut self, event: &TicketEvent) {
        if let TicketEvent::Opened { agent, .. } = event {
            self.agent.clone_from(agent);
        }
    }
}

#[derive(Event)]
#[event(category = "agent")]
pub enum AgentEvent {
    Assigned,
    Notified { urgent: bool },
}

#[derive(Command)]
pub enum AgentCommand {
    #[emits(AgentEvent::Assigned)]
    Assign,
    #[emits(AgentEvent::Notified)]
    Notify { urgent: bool },
}

#[derive(Default)]
pub struct Agent;

impl Aggregate for Agent {
    type Event = AgentEvent;
    type Command = AgentCommand;
    type Error = Never;

    fn decide(&self, command: AgentCommand) -> Decision<Self> {
        Ok(vec![match command {
            AgentCommand::Assign => AgentEvent::Assigned,
            AgentCommand::Notify { urgent } => AgentEvent::Notified { urgent },
        }])
    }

    fn evolve(&mut self, _: &AgentEvent) {}
}

#[derive(Serialize, Deserialize, Default)]
pub struct FirstAnswer {
    ticket: String,
}

pub mod careless {
    use super::*;

    // ANCHOR: views-before
    #[derive(View)]
    #[reads("ticket.opened")] // version 1, and the owner writes 2
    struct Opened {
        agent: String,
    }

    #[derive(View)]
    #[reads("ticket.reopened")]
    struct Reopened {
        #[view(id)]
        ticket: String,
    }
    // ANCHOR_END: views-before

    #[derive(View)]
    #[reads("agent.notified")]
    struct Notified {
        #[view(id)]
        agent: String,
        urgent: bool,
    }

    // ANCHOR: process-before
    #[derive(Input)]
    #[process(key = ticket)]
    pub enum Waiting {
        #[on("ticket.opened", versions = 1..=2, starts, sets(Late))]
        Opened {
            #[view(id)]
            ticket: String,
        },
        #[on(deadline, sends(Ticket::Escalate))]
        Late,
    }
    // ANCHOR_END: process-before

    impl ProcessManager for FirstAnswer {
        const NAME: &'static str = "first-answer";
        type Input = Waiting;

        fn react(&mut self, input: Waiting, out: &mut Outbox<Waiting>) {
            match input {
                Waiting::Opened { ticket } => {
                    self.ticket = ticket;
                    out.deadline(hours(4), Waiting::Late);
                }
                Waiting::Late => {
                    out.send::<Ticket>(&self.ticket, TicketCommand::Escalate);
                }
            }
        }
    }

    // ANCHOR: before
    pub fn desk() -> Component {
        Component::new("desk")
            .aggregate::<Ticket>()
            .aggregate::<Agent>()
            .process::<FirstAnswer>()
            .on("assign-agent", |e: &Recorded<Opened>| {
                send::<Agent>(&e.agent, AgentCommand::Assign)
            })
            .sends::<Agent>(["assign"])
            .on("notify-agent", |e: &Recorded<Opened>| {
                send::<Agent>(&e.agent, AgentCommand::Notify { urgent: false })
            })
            .sends::<Agent>(["notify"])
            .on("remind-agent", |e: &Recorded<Notified>| {
                let again = || send::<Agent>(&e.agent, AgentCommand::Notify { urgent: true });
                e.urgent.then(again)
            })
            .sends::<Agent>(["notify"])
            .on("close-again", |e: &Recorded<Reopened>| {
                send::<Ticket>(&e.ticket, TicketCommand::Close)
            })
            .sends::<Ticket>(["close"])
    }
    // ANCHOR_END: before
}

pub mod mended {
    use super::*;

    // ANCHOR: views-after
    #[derive(View)]
    #[reads("ticket.opened", versions = 1..=2)]
    struct Opened {
        agent: String,
    }

    #[derive(View)]
    #[reads("agent.assigned")]
    struct Assigned {
        #[view(id)]
        agent: String,
    }
    // ANCHOR_END: views-after

    #[derive(View)]
    #[reads("ticket.escalated")]
    struct Escalated {
        agent: String,
    }

    #[derive(Serialize, Deserialize, Default)]
    pub struct AnswerInTime {
        ticket: String,
    }

    // ANCHOR: process-after
    #[derive(Input)]
    #[process(key = ticket)]
    pub enum Waiting {
        #[on("ticket.opened", versions = 1..=2, starts, sets(Late))]
        Opened {
            #[view(id)]
            ticket: String,
        },
        #[on("ticket.closed", completes)]
        Closed {
            #[view(id)]
            ticket: String,
        },
        #[on(deadline, sends(Ticket::Escalate), completes)]
        Late,
    }
    // ANCHOR_END: process-after

    impl ProcessManager for AnswerInTime {
        const NAME: &'static str = "answer-in-time";
        type Input = Waiting;

        fn react(&mut self, input: Waiting, out: &mut Outbox<Waiting>) {
            match input {
                Waiting::Opened { ticket } => {
                    self.ticket = ticket;
                    out.deadline(hours(4), Waiting::Late);
                }
                Waiting::Closed { .. } => out.complete(),
                Waiting::Late => {
                    out.send::<Ticket>(&self.ticket, TicketCommand::Escalate);
                    out.complete();
                }
            }
        }
    }

    // ANCHOR: after
    pub fn desk() -> Component {
        Component::new("desk")
            .owner("team-support")
            .aggregate::<Ticket>()
            .aggregate::<Agent>()
            .process::<AnswerInTime>()
            .on("assign-agent", |e: &Recorded<Opened>| {
                send::<Agent>(&e.agent, AgentCommand::Assign)
            })
            .sends::<Agent>(["assign"])
            .on("notify-agent", |e: &Recorded<Assigned>| {
                send::<Agent>(&e.agent, AgentCommand::Notify { urgent: false })
            })
            .sends::<Agent>(["notify"])
            .on("notify-again", |e: &Recorded<Escalated>| {
                send::<Agent>(&e.agent, AgentCommand::Notify { urgent: true })
            })
            .sends::<Agent>(["notify"])
            .external(
                External::new("website")
                    .owner("team-web")
                    .sends::<Ticket>(["open", "close"])
                    .reads(["agent.notified"]),
            )
    }
    // ANCHOR_END: after
}
