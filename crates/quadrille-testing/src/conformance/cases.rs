mod appending;
mod content;
mod finding;
mod following;
mod handles;
mod limits;
mod paging;
mod queries;
mod racing;
mod repeating;
mod several;
mod streams;

use super::Fixture;
use futures_util::future::BoxFuture;

/// A guarantee, and how it is tested.
#[derive(Debug)]
pub struct Case {
    /// The guarantee as a claim; the contract's docs name it so.
    pub name: &'static str,
    /// What a store must be able to do to claim it.
    pub need: Need,
    pub(crate) run: fn(Fixture) -> BoxFuture<'static, ()>,
}

/// What a case takes for granted beyond the base contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Nothing: every store runs it.
    Nothing,
    /// Appends to several streams at once.
    SeveralStreams,
    /// Appends under a condition on tags.
    TagConditions,
    /// A fixture that can open the same store again.
    Reopening,
    /// A store that lacks a capability, to see how it says so.
    Lack,
}

impl Need {
    /// Why a store cannot run a case with this need; `None` if it can.
    pub(crate) fn lacking(self, fixture: &Fixture) -> Option<&'static str> {
        let capabilities = fixture.capabilities();
        let (met, lacking) = match self {
            Self::Nothing => (true, ""),
            Self::SeveralStreams => {
                (capabilities.several_streams, "the store appends to one stream at a time")
            }
            Self::TagConditions => {
                (capabilities.tag_conditions, "the store has no conditions on tags")
            }
            Self::Reopening => (fixture.can_reopen(), "the fixture cannot open a store again"),
            Self::Lack => (!fixture.has_all_capabilities(), "the store lacks no capability"),
        };
        (!met).then_some(lacking)
    }
}

/// Every case once, as a table or as tests.
#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_cases {
    ($form:ident $(if $available:expr => $open:expr)?) => {
        $crate::__conformance_cases! { @$form [$($available => $open)?]
            appending::a_refused_append_leaves_nothing: Nothing,
            appending::an_append_is_seen_at_once: Nothing,
            appending::expected_version_is_checked: Nothing,
            appending::positions_rise: Nothing,
            appending::versions_are_dense: Nothing,
            content::everything_comes_back: Nothing,
            content::names_are_kept: Nothing,
            content::payloads_are_kept_byte_for_byte: Nothing,
            content::times_are_kept_to_the_microsecond: Nothing,
            finding::a_command_is_found_by_its_id: Nothing,
            finding::an_event_is_found_by_its_id: Nothing,
            finding::an_event_is_found_by_its_place: Nothing,
            finding::the_head_is_the_last_event: Nothing,
            following::a_waiting_reader_is_woken: Nothing,
            following::no_event_is_skipped: Nothing,
            handles::handles_share_one_store: Reopening,
            handles::no_event_is_skipped_across_handles: Reopening,
            handles::racing_handles_have_one_winner: Reopening,
            handles::what_was_acknowledged_survives_reopening: Reopening,
            limits::a_full_append_is_accepted: Nothing,
            limits::an_invalid_append_is_refused: Nothing,
            paging::a_page_says_how_far_it_looked: Nothing,
            paging::a_stream_reads_both_ways: Nothing,
            paging::an_empty_store_has_nothing: Nothing,
            paging::pages_meet: Nothing,
            paging::payloads_are_those_of_the_stream: Nothing,
            queries::framework_streams_are_hidden: Nothing,
            queries::queries_agree_with_matches: Nothing,
            racing::an_append_is_seen_whole: Nothing,
            racing::racing_appends_all_land_where_any_version_will_do: Nothing,
            racing::racing_appends_have_one_winner: Nothing,
            racing::racing_repeats_are_written_once: Nothing,
            repeating::a_reused_id_is_refused: Nothing,
            repeating::the_same_append_twice_is_written_once: Nothing,
            several::a_condition_on_tags_is_checked: TagConditions,
            several::a_tag_boundary_has_one_winner: TagConditions,
            several::several_streams_or_none: SeveralStreams,
            several::several_streams_twice_are_written_once: SeveralStreams,
            several::what_is_not_offered_is_refused: Lack,
            streams::streams_are_listed: Nothing,
            streams::streams_are_selected_by_category_and_prefix: Nothing,
        }
    };
    (@table [] $($module:ident::$name:ident: $need:ident,)*) => {
        &[$(Case {
            name: stringify!($name),
            need: Need::$need,
            run: |fixture| Box::pin($module::$name(fixture)),
        }),*]
    };
    (@tests [$available:expr => $open:expr] $($module:ident::$name:ident: $need:ident,)*) => {
        $(
            #[test]
            fn $name() {
                if !$available {
                    return;
                }
                $crate::conformance::run_case(stringify!($name), $open);
            }
        )*
    };
}

/// All cases.
pub const CASES: &[Case] = __conformance_cases! { table };
