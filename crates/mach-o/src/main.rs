//! Says what a program that was linked for a Mac will ask of it, and fails where no Mac would take it.
//!
//! `scripts/check-macos` links without Apple's libraries: whatever they should hold is left open, and only its name is
//! looked at here. It is a smoke test; whether the program starts, only a Mac can show.

mod program;

use std::path::Path;
use std::process::ExitCode;

use program::Program;

fn main() -> ExitCode {
    let mut code = ExitCode::SUCCESS;
    for path in std::env::args_os().skip(1) {
        let path = Path::new(&path);
        match look(path) {
            Ok(program) => {
                println!("{}\n{program}", path.display());
                for fault in program.faults() {
                    eprintln!("WRONG {fault}");
                    code = ExitCode::FAILURE;
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

fn look(path: &Path) -> Result<Program, String> {
    let bytes = std::fs::read(path).map_err(|error| error.to_string())?;
    Program::read(&bytes).map_err(|error| error.to_string())
}
