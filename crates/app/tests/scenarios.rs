//! Every way in which a folder and a library may meet, told in words. `scenarios/README.md` says how they are written.

#[path = "scenarios/contents.rs"]
mod contents;
#[path = "scenarios/runs.rs"]
mod runs;
#[path = "scenarios/stage.rs"]
mod stage;
mod support;
#[path = "scenarios/text.rs"]
mod text;

use std::path::Path;

use runs::compare;
use stage::{Stage, Which};

/// Plays a scenario from its first step to its last and says everything that is not as it is written.
fn play(file: &str, written: &str) {
    let scenario = text::read(written);
    let mut stage = Stage::new();
    let mut failures = Vec::new();
    for step in &scenario.steps {
        let mut problems = Vec::new();
        if !stage.step(&step.heading, &step.lines, &mut problems) {
            println!("SKIPPED: {file}: this machine does not allow `{}`", step.heading);
            return;
        }
        let place = format!("  {file}.txt:{} {}\n    ", step.number, step.heading);
        failures.extend(problems.into_iter().map(|problem| format!("{place}{problem}\n")));
    }
    assert!(failures.is_empty(), "“{}” does not go as it is written:\n{}", scenario.title, failures.concat());
}

impl Stage {
    /// One step; `false` where it cannot be done on this machine.
    fn step(&mut self, heading: &str, lines: &[String], problems: &mut Vec<String>) -> bool {
        let (first, rest) = heading.split_once(' ').unwrap_or((heading, ""));
        match heading {
            "contents" => lines.iter().for_each(|line| self.contents.define(line)),
            "folder" => lines.iter().for_each(|line| self.put(line)),
            "library" => self.add_assets(Which::Main, lines),
            "other library" => self.add_assets(Which::Other, lines),
            "settings" => lines.iter().for_each(|line| self.set(Which::Main, line)),
            "other settings" => lines.iter().for_each(|line| self.set(Which::Other, line)),
            "then" => lines.iter().for_each(|line| self.happen(line)),
            "folder holds" => compare(heading, &sorted(lines), self.folder_listing(&self.folder()), problems),
            "library holds" | "other library holds" => {
                let which = if first == "other" { Which::Other } else { Which::Main };
                let with_albums = lines.iter().any(|line| line.contains(", in album "));
                compare(heading, &sorted(lines), self.library_listing(which, with_albums), problems);
            }
            "set aside by undo" => compare(heading, &sorted(lines), self.set_aside(), problems),
            "undo the last sync" | "undo the last sync, exits 4" | "undo the undo" => {
                let kind = if heading == "undo the undo" { "undo" } else { "sync" };
                let output = self.undo(Which::Main, kind);
                let said = support::text(&output);
                let exit = if heading.ends_with('4') { 4 } else { 0 };
                if output.status.code() != Some(exit) {
                    problems.push(format!("it does not exit {exit}: {said}"));
                }
                let missing = lines.iter().filter_map(|line| line.strip_prefix("says "));
                problems.extend(
                    missing
                        .filter(|words| !said.contains(words))
                        .map(|words| format!("it does not say “{words}”: {said}")),
                );
            }
            "the library is a bundle of Photos" => self.be_a_bundle(),
            _ if first == "simulate" || first == "sync" => self.run(heading, lines, problems),
            _ => match (heading.strip_prefix("a machine in "), rest.strip_prefix("folder is a disk of ")) {
                (Some(zone), _) => self.stand_in(zone),
                (_, Some(size)) => return self.make_folder_small(size),
                _ => panic!("no step is called so: {heading}"),
            },
        }
        true
    }

    /// `export.layout = flat`
    fn set(&self, which: Which, line: &str) {
        let (key, value) = line.split_once(" = ").unwrap_or_else(|| panic!("not `KEY = VALUE`: {line}"));
        let output = self.command(which).args(["config", key, value]).output().expect("the program runs");
        assert!(output.status.success(), "{}", support::text(&output));
    }

    /// What undone runs moved out of the folder, each below the directory of its run.
    fn set_aside(&self) -> Vec<String> {
        let undone = self.data(Which::Main).join("undone");
        let runs = std::fs::read_dir(undone).into_iter().flatten().map(|entry| entry.expect("listed").path());
        let mut lines: Vec<String> = runs.flat_map(|run| self.folder_listing(&run)).collect();
        lines.sort();
        lines
    }
}

fn sorted(lines: &[String]) -> Vec<String> {
    let mut lines = lines.to_vec();
    lines.sort();
    lines
}

/// Makes one test of each file.
macro_rules! scenarios {
    ($($name:ident)*) => {
        $(
            #[test]
            fn $name() {
                play(stringify!($name), include_str!(concat!("scenarios/", stringify!($name), ".txt")));
            }
        )*

        #[test]
        fn every_scenario_is_played() {
            let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios");
            let names = std::fs::read_dir(directory).expect("the directory").map(|entry| entry.expect("listed").path());
            let mut written: Vec<String> = names
                .filter(|path| path.extension().is_some_and(|ending| ending == "txt"))
                .map(|path| path.file_stem().expect("a stem").to_string_lossy().into_owned())
                .collect();
            written.sort();
            assert_eq!(written, [$(stringify!($name)),*]);
        }
    };
}

scenarios! {
    accents_come_back_decomposed
    another_date_in_photos
    another_directory_at_the_folders_path
    another_photo_at_an_exported_path
    another_version_is_asked_for
    baseline_and_a_lost_ledger
    baseline_and_a_rebuilt_library
    baseline_and_another_library
    baseline_and_photos_added_anew
    before_the_baseline_stays_there
    bundle_is_only_read
    burst_of_ten_one_in_photos
    burst_of_ten_other_format
    burst_with_two_picks
    changed_in_the_folder
    copies_of_an_exported_file
    deleted_in_photos
    deleted_in_photos_and_taken_in
    deleted_in_the_folder
    disk_too_small
    edit_of_an_equal_photo_both
    edit_of_what_is_held_without_a_download
    edit_whose_original_is_not_here
    edited_after_export_current
    edited_again_at_equal_size
    edited_both
    edited_both_ledger_lost
    edited_current
    edited_in_the_folder_and_the_original_taken_in
    edited_original
    edited_version_deleted
    edits_cross_beside_their_shot
    equal_edits_current
    equal_originals_second_edited_later
    equal_originals_two_edits_both
    equal_photos_and_the_same_shot
    equal_photos_of_which_one_may_be_there
    export_mode
    exported_file_becomes_a_placeholder
    file_of_a_deleted_export
    file_that_still_arrives
    filters
    first_run_going_forward
    folder_missing
    folder_reorganised
    folder_suddenly_empty
    from_current_to_both
    from_full_library_to_going_forward
    guard_before_the_baseline
    held_without_a_download
    hidden_or_trashed_with_its_copy
    hidden_photo_taken_in
    hostile_names
    import_mode
    imported_then_edited_in_photos
    imported_then_evicted
    late_companion_before_the_baseline
    late_video_finds_its_name_taken
    late_video_of_a_deleted_live_photo
    late_video_of_a_photo_that_a_person_named
    layout_is_changed
    ledger_lost
    left_out_by_a_person
    library_missing
    library_rebuilt
    library_restored_from_a_backup
    library_without_fingerprints
    live_photo_here
    live_photo_imported_in_two_parts
    live_still_after_its_video
    live_video_deleted_before_its_still_came
    live_video_in_icloud
    lone_sidecar_holds_the_name
    name_is_taken
    new_edit_taken_in
    new_years_eve_in_tokyo
    night_of_the_clock_change
    older_ledger
    originals_elsewhere
    phone_offline_at_the_baseline
    placeholder_in_the_folder
    plan_of_a_simulation
    plan_with_copies_of_one_shot
    put_where_our_export_lay
    raw_and_jpeg
    raw_and_jpeg_as_two_assets
    raw_beside_a_changed_jpeg
    reverted_after_export_current
    same_bytes_of_which_one_stays
    same_bytes_twice
    same_shot_in_another_format
    same_shot_taken_in_from_the_folder
    same_shot_whichever_came_first
    same_wall_clock_an_hour_apart
    stand_in_of_a_raw_beside_its_jpeg
    tagged_and_moved
    taken_in_while_in_icloud
    two_iphones_by_date
    two_iphones_flat
    two_libraries_in_one_ledger
    two_photobridges
    two_photobridges_and_edits
    unattended_first_sync
    undo_of_a_late_half
    undo_of_a_run
    undo_of_the_last_copy
    undone_and_brought_back
    undone_and_unattended
    undone_edits_go_again
    unreadable_file
    video_taken_in_before_its_still_came_alone
    video_with_the_stem_of_a_live_photo
    words_beside_the_photo
    years_and_no_date
}
