//! Says what a program that was linked for a Mac will ask of it, and fails where no Mac would take it.
//!
//! `photobridge-mach-o [--information INFO.PLIST] PROGRAM...`: of a universal program each of those in it; with the property
//! list of its app, whether the program carries the same.
//!
//! `scripts/check-macos` links without Apple's libraries: whatever they should hold is left open, and only its name is
//! looked at here. It is a smoke test; whether the program starts, only a Mac can show.

mod program;

use std::path::Path;
use std::process::ExitCode;

use plist::Dictionary;
use program::Program;

fn main() -> ExitCode {
    let mut arguments: Vec<_> = std::env::args_os().skip(1).collect();
    let mut information = None;
    if arguments.first().is_some_and(|first| first == "--information") && arguments.len() > 1 {
        let path = arguments.drain(..2).next_back().unwrap_or_default();
        match plist::from_file::<_, Dictionary>(&path) {
            Ok(found) => information = Some(found),
            Err(why) => {
                eprintln!("{}: {why}", path.display());
                return ExitCode::FAILURE;
            }
        }
    }
    let mut code = ExitCode::SUCCESS;
    for path in &arguments {
        let path = Path::new(path);
        match look(path) {
            Ok(programs) => {
                for program in programs {
                    println!("{}\n{program}", path.display());
                    for fault in program.faults(information.as_ref()) {
                        eprintln!("WRONG {fault}");
                        code = ExitCode::FAILURE;
                    }
                }
            }
            Err(why) => {
                eprintln!("{}: {why}", path.display());
                code = ExitCode::FAILURE;
            }
        }
    }
    code
}

fn look(path: &Path) -> Result<Vec<Program>, String> {
    let bytes = std::fs::read(path).map_err(|error| error.to_string())?;
    Program::all(&bytes).map_err(|error| error.to_string())
}
