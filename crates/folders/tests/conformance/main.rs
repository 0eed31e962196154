//! One suite for every folder: what the contract of `core::folder` promises, each promise one test, over a disk, over the
//! same as if it were far away, over servers, and over a folder in memory that keeps case and one that does not. Archives, which
//! only give, promise less: to be read as all others are, and never to be written.

mod faults;
mod giving;
mod reading;
mod stage;
mod writing;

macro_rules! conformance {
    ($($kind:ident: $stage:expr => { $($room:ident: $($promise:ident)*;)* })*) => { $(
        mod $kind {
            use super::*;
            $($(
                #[test]
                fn $promise() {
                    $room::$promise(&$stage);
                }
            )*)*
        }
    )* };
}

/// The same promises for each kind.
macro_rules! every_kind {
    ($($kind:ident: $stage:expr;)*) => {
        conformance! { $($kind: $stage => {
            reading:
                a_listing_gives_each_entry_once_with_its_state
                a_listing_stops_when_it_is_told_to
                what_is_gone_has_no_listing
                any_range_of_a_file_is_read
                a_change_while_it_is_read_is_seen
                only_plain_files_are_opened
                a_path_from_outside_stays_inside
                a_local_file_is_the_file_in_its_state
                names_of_every_kind_are_listed_and_opened
                another_directory_at_the_place_is_seen
                links_are_told_and_followed_only_on_demand;
            writing:
                a_file_is_there_whole_under_its_name
                a_part_is_dated_but_never_before_the_earliest
                a_name_never_replaces_anything
                equal_bytes_are_adopted
                one_of_many_writers_has_the_name
                case_and_form_of_a_name_lose_nothing
                names_that_exports_get_are_kept
                a_part_that_is_given_up_leaves_nothing
                only_parts_of_ours_are_discarded
                nothing_is_written_outside
                a_name_is_no_path
                no_room_is_said_and_leaves_nothing
                what_must_not_be_written_says_so
                a_folder_that_is_away_is_not_made
                a_file_is_renamed_unless_the_name_is_taken
                only_the_state_that_was_seen_is_dated
                obstacles_are_told_without_writing;
            faults:
                wherever_a_writer_dies_there_is_all_or_nothing
                whatever_call_fails_there_is_all_or_nothing
                whatever_comes_in_between_is_kept
                a_folder_that_goes_away_in_the_middle_is_said;
        })* }
    };
}

every_kind! {
    disk: stage::OnDisk::new();
    disk_afar: stage::Afar::new();
    nextcloud: stage::OnServer::new(photobridge_testkit::cloud::Manners::NEXTCLOUD);
    nginx: stage::OnServer::new(photobridge_testkit::cloud::Manners::NGINX);
    memory: stage::InMemory::new(false);
    memory_that_folds_names: stage::InMemory::new(true);
}

/// The same promises for each kind that only gives.
macro_rules! every_kind_that_gives {
    ($($kind:ident: $stage:expr;)*) => {
        conformance! { $($kind: $stage => {
            reading:
                a_listing_gives_each_entry_once_with_its_state
                a_listing_stops_when_it_is_told_to
                what_is_gone_has_no_listing
                any_range_of_a_file_is_read
                a_change_while_it_is_read_is_seen
                only_plain_files_are_opened
                a_path_from_outside_stays_inside
                a_local_file_is_the_file_in_its_state
                names_of_every_kind_are_listed_and_opened
                links_are_told_and_followed_only_on_demand;
            giving:
                it_says_that_it_only_gives
                nothing_is_ever_written
                it_is_known_wherever_it_lies_by_what_is_in_it
                two_read_it_at_once;
        })* }
    };
}

every_kind_that_gives! {
    archive: stage::InArchive::new(false);
    archive_that_is_packed: stage::InArchive::new(true);
}
