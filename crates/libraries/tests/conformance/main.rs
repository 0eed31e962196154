//! One suite for every library: what the contract of `core::library` promises, each promise one test, over an embedded
//! library, the same without stored fingerprints, with originals evicted and with ids rebuilt, over a bundle, and over a
//! scripted PhotoKit with and without the tables of Photos.

mod reading;
mod stage;
#[path = "../support/mod.rs"]
mod support;
mod writing;

use stage::Variant;

macro_rules! conformance {
    ($($name:ident: $variant:expr;)*) => { $(
        mod $name {
            use super::*;

            #[test]
            fn a_snapshot_changes_nothing_on_disk() {
                reading::a_snapshot_changes_nothing_on_disk($variant);
            }
            #[test]
            fn a_snapshot_lists_everything_as_it_was_imported() {
                reading::a_snapshot_lists_everything_as_it_was_imported($variant);
            }
            #[test]
            fn one_asset_reads_as_in_the_snapshot() {
                reading::one_asset_reads_as_in_the_snapshot($variant);
            }
            #[test]
            fn bytes_come_whole_or_are_not_here() {
                reading::bytes_come_whole_or_are_not_here($variant);
            }
            #[test]
            fn a_picture_shows_the_asset_or_there_is_none() {
                reading::a_picture_shows_the_asset_or_there_is_none($variant);
            }
            #[test]
            fn an_opened_picture_needs_no_library() {
                reading::an_opened_picture_needs_no_library($variant);
            }
            #[test]
            fn a_file_opens_at_any_place_or_is_not_here() {
                reading::a_file_opens_at_any_place_or_is_not_here($variant);
            }
            #[test]
            fn a_cancelled_snapshot_stops() {
                reading::a_cancelled_snapshot_stops($variant);
            }
            #[test]
            fn hidden_and_trashed_assets_are_seen() {
                reading::hidden_and_trashed_assets_are_seen($variant);
            }
            #[test]
            fn an_album_is_made_once_or_refused() {
                writing::an_album_is_made_once_or_refused($variant);
            }
            #[test]
            fn an_import_is_there_afterwards_or_refused() {
                writing::an_import_is_there_afterwards_or_refused($variant);
            }
            #[test]
            fn on_id_comes_before_anything_is_seen() {
                writing::on_id_comes_before_anything_is_seen($variant);
            }
            #[test]
            fn nothing_is_imported_where_on_id_fails() {
                writing::nothing_is_imported_where_on_id_fails($variant);
            }
            #[test]
            fn an_asset_is_removed_for_good_or_stays() {
                writing::an_asset_is_removed_for_good_or_stays($variant);
            }
            #[test]
            fn several_are_imported_and_one_that_is_refused_costs_no_other() {
                writing::several_are_imported_and_one_that_is_refused_costs_no_other($variant);
            }
            #[test]
            fn a_refused_item_leaves_no_trace_and_poisons_no_other() {
                writing::a_refused_item_leaves_no_trace_and_poisons_no_other($variant);
            }
        }
    )* };
}

conformance! {
    embedded: Variant::Embedded;
    without_fingerprints: Variant::WithoutFingerprints;
    evicted: Variant::Evicted;
    rebuilt: Variant::Rebuilt;
    bundle: Variant::Bundle;
    photos: Variant::Photos;
    photos_alone: Variant::PhotosAlone;
}
