//! The command line. The doc comments are the help.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use photobridge_core::reason::Reason;

use crate::log::Level;
use crate::notify::{Channel, secrets};
use crate::settings;

/// Syncs an Apple Photos library with a folder of photos, and never loses, overwrites or duplicates a photo.
#[derive(Debug, Parser)]
#[command(version, after_help = EXIT_CODES, after_long_help = environment(), max_term_width = 100)]
pub struct Arguments {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

impl Arguments {
    /// Whether a program reads the one object that the command prints.
    pub fn is_json(&self) -> bool {
        match &self.command {
            Command::Simulate(run) => run.json,
            Command::Sync(sync) => sync.run.json,
            _ => false,
        }
    }
}

const EXIT_CODES: &str = "Exit codes: 0 done, 1 some files failed or the run did not finish, 2 wrong usage, 3 another run is active, \
                          4 a folder or the library is missing, 5 stopped because something looked unusual.";

const SERVE_ENVIRONMENT: &str = "Environment variables in place of these flags: PHOTOBRIDGE_LISTEN, PHOTOBRIDGE_NAME and \
                                 PHOTOBRIDGE_PROXY (both separated by commas), PHOTOBRIDGE_PROXY_ASKS, PHOTOBRIDGE_PASSWORD_FILE. \
                                 `photobridge --help` lists all.";

/// What is said below the long help: which variables stand for settings.
fn environment() -> String {
    let names = settings::environment::keys().iter().map(|key| settings::environment::name(key)).collect::<Vec<_>>();
    format!(
        "{EXIT_CODES}\n\nEvery setting can also be set by an environment variable, which overrides the settings file: \
         PHOTOBRIDGE_FOLDER (folders, separated by :), {}.",
        names.join(", ")
    )
}

/// Flags that every command takes.
#[derive(Debug, Args)]
pub struct Global {
    /// Directory for the ledger, the settings and Photobridge's own library
    #[arg(long, global = true, env = "PHOTOBRIDGE_DATA_DIR", value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// Print only the files that failed, and why
    #[arg(long, short, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Print more: every verdict, and each step
    #[arg(long, short, global = true)]
    pub verbose: bool,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show exactly what a sync would do; changes nothing
    Simulate(RunArguments),
    /// Copy new photos from the folder into the library, from the library into the folder, or both
    Sync(SyncArguments),
    /// Show or set the baseline: photos added to the library after it are exported
    Baseline {
        #[command(subcommand)]
        action: BaselineAction,
    },
    /// Undo a sync: exported files move out of the folder, imported photos go into an album; nothing is deleted
    Undo {
        /// The number of the sync, or of an undo to reverse; `history` lists them
        run: i64,
        /// Then permanently remove what it imported, from Photobridge's own library only, where the folder still has every file;
        /// shows a list first
        #[arg(long)]
        remove: bool,
        /// With --remove: don't ask for confirmation
        #[arg(long, requires = "remove")]
        yes: bool,
        #[command(flatten)]
        sides: SideArguments,
    },
    /// Show the setup and the result of the last run
    Status(SideArguments),
    /// List the latest runs, or explain one
    History {
        /// The number of a run
        run: Option<i64>,
        /// Print one JSON object for each verdict of the run, or, without RUN, for every run
        #[arg(long)]
        json_lines: bool,
    },
    /// Manage syncs that start automatically while `photobridge serve` runs
    Schedule {
        #[command(subcommand)]
        action: ScheduleAction,
    },
    /// Keep `photobridge serve` running in the background with systemd or launchd
    Service {
        #[command(subcommand)]
        action: ServiceAction,
    },
    /// Exclude single photos, or include them despite a reason to skip them
    Decide(DecideArguments),
    /// Show the settings, or change one
    Config(ConfigArguments),
    /// Run the web page, by default on this machine only
    #[command(after_help = SERVE_ENVIRONMENT)]
    Serve(ServeArguments),
    /// Manage tokens for programs that use the API of `serve`
    Token {
        #[command(subcommand)]
        action: TokenAction,
    },
    /// Check whether `serve` is running, for monitoring: exit code 0 or 1
    Health {
        /// Where it listens [default: same as `serve`]
        #[arg(long, value_name = "ADDRESS")]
        listen: Option<String>,
    },
    /// Manage notifications about failed syncs
    Notify {
        #[command(subcommand)]
        action: NotifyAction,
    },
    /// Check that everything a sync needs is in place
    Doctor(DoctorArguments),
    /// On a Mac: let macOS ask whether Photobridge may use Photos
    Authorize,
    /// Show what is in a library; changes nothing
    Library {
        /// The path of a library [default: the one in the settings]
        #[arg(value_name = "LIB")]
        library: Option<String>,
        /// Print one JSON object for each asset, with everything the library knows about it
        #[arg(long)]
        json_lines: bool,
    },
    /// Check or rebuild the ledger
    Ledger {
        #[command(subcommand)]
        action: LedgerAction,
    },
    /// Create a small sample household, sync it both ways, and open a page to explore it
    Demo {
        /// Where to create it [default: a new folder in the current one]
        #[arg(value_name = "DIR")]
        directory: Option<PathBuf>,
        /// Only create it, and set it up on the page yourself
        #[arg(long)]
        first_run: bool,
    },
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page, for `man -l -`
    Manual,
}

/// Which folders and which library.
#[derive(Debug, Args, Default)]
pub struct SideArguments {
    /// A folder of photos, or archives such as 'takeout-*.zip', instead of those in the settings; repeat for several
    #[arg(long, value_name = "DIR")]
    pub folder: Vec<PathBuf>,
    /// `photos` for the Mac's Photos library, or the path of a library
    #[arg(long, value_name = "photos|PATH")]
    pub library: Option<String>,
}

/// Flags of `doctor`.
#[derive(Debug, Args, Default)]
pub struct DoctorArguments {
    #[command(flatten)]
    pub sides: SideArguments,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

/// Flags of a run.
#[derive(Debug, Args, Default)]
pub struct RunArguments {
    #[command(flatten)]
    pub sides: SideArguments,
    /// Direction for this run [default: the setting `mode`, which is import at first]
    #[arg(long)]
    pub mode: Option<Mode>,
    /// Export every photo in the library, for this run; see also the setting `export.range`
    #[arg(long)]
    pub full_library: bool,
    /// The album for imports [default: Photobridge Imports]
    #[arg(long, value_name = "TITLE")]
    pub album: Option<String>,
    /// Don't ask for confirmation, for example before scanning a whole disk
    #[arg(long)]
    pub yes: bool,
    /// Read files again that earlier runs have read, wherever their bytes matter
    #[arg(long)]
    pub thorough: bool,
    /// Wait until a file is unchanged for this long [default: 10]; 0 turns off all waiting
    #[arg(long, value_name = "SECONDS")]
    pub settle: Option<u64>,
    /// Print one JSON object for the whole run
    #[arg(long, conflicts_with = "json_lines")]
    pub json: bool,
    /// Print one JSON object for each verdict
    #[arg(long)]
    pub json_lines: bool,
}

/// Flags of a sync.
#[derive(Debug, Args, Default)]
pub struct SyncArguments {
    #[command(flatten)]
    pub run: RunArguments,
    /// Do only what this simulation showed and list anything new; `simulate` prints its number. Refused if the folders, the
    /// library, the direction, or the settings for exports and motion photos have changed
    #[arg(long, value_name = "RUN")]
    pub plan: Option<i64>,
    /// The export folder is the one that used to be at this path, moved or copied: what was deleted there stays deleted
    #[arg(long, value_name = "DIR", conflicts_with_all = ["new_folder", "unattended"])]
    pub same_as: Option<PathBuf>,
    /// The export folder is a different folder, although another one used to be there or is missing. What was exported to
    /// that one is exported here, too, even if it was deleted there
    #[arg(long, conflicts_with = "unattended")]
    pub new_folder: bool,
    /// Run without supervision: refuse the first sync of a folder, and stop if more than 500 photos would be imported or if
    /// most of the photos of one side (20 or more) are gone
    #[arg(long)]
    pub unattended: bool,
    /// Don't wait for files that were just copied, but leave them for the next sync. In a terminal, a sync waits for them
    #[arg(long)]
    pub no_wait: bool,
}

/// Which setting, and its new value.
#[derive(Debug, Args, Default)]
pub struct ConfigArguments {
    /// Print every setting with its value and meaning
    #[arg(long, conflicts_with = "key")]
    pub show: bool,
    /// The setting to show or change, such as `mode` or `export.layout`. `folder` adds a source folder, or one on a server by its
    /// https:// address; `nextcloud` logs in to a Nextcloud and adds a folder there, such as `cloud.example/Photos`
    pub key: Option<String>,
    /// Its new value
    pub value: Option<String>,
    /// With `folder`: the album for photos imported from it; empty for the album of all folders. Also changes an existing folder
    #[arg(long, value_name = "TITLE", requires = "value")]
    pub album: Option<String>,
    /// Don't ask for confirmation, for example before scanning a whole disk
    #[arg(long)]
    pub yes: bool,
    /// With `folder`: remove it from the settings. Nothing is deleted, neither in the folder nor in the library
    #[arg(long, requires = "value", conflicts_with = "album")]
    pub remove: bool,
    /// With a `folder` that was removed from the settings: it is gone for good, so its photos can be exported to others. With a
    /// directory of a folder that was a disk of its own: what was on it counts as deleted
    #[arg(long, requires = "value", conflicts_with_all = ["album", "remove"])]
    pub gone: bool,
}

/// Flags of the web page. The default of each is in the settings under `[server]`, or in the environment.
#[derive(Debug, Args, Default)]
pub struct ServeArguments {
    /// Where to listen [default: 127.0.0.1:27731]: 192.168.1.20:27731, nas:27731, :27731 for all addresses of this machine, or
    /// unix:/path/of/a/socket. If other machines can reach it, a password is needed
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<String>,
    /// Another name under which browsers reach it, such as photos.example.org; repeat for several. The addresses and names
    /// of this machine are known; any other, such as that of a proxy, needs a password or --proxy-asks
    #[arg(long, value_name = "HOST", value_delimiter = ',')]
    pub name: Vec<String>,
    /// The address of a proxy whose X-Forwarded-For is trusted, or of a network of proxies: 172.16.0.0/12; repeat for
    /// several
    #[arg(long, value_name = "ADDRESS", value_delimiter = ',')]
    pub proxy: Vec<String>,
    /// The proxy in front makes people log in, so no password is needed for its name
    #[arg(long)]
    pub proxy_asks: bool,
    /// A file with the password, as for containers, instead of one set with --set-password
    #[arg(long, value_name = "FILE", conflicts_with = "set_password")]
    pub password_file: Option<PathBuf>,
    /// How much to log on standard error when it is not a terminal [default: info]
    #[arg(long, env = "PHOTOBRIDGE_LOG_LEVEL", value_name = "LEVEL")]
    pub log: Option<Level>,
    /// Log as JSON, one object per line
    #[arg(long, env = "PHOTOBRIDGE_LOG_JSON", value_parser = clap::builder::BoolishValueParser::new())]
    pub log_json: bool,
    /// Ask for a password, store its hash in the data directory, and exit; an empty one removes it. Takes effect at once
    #[arg(long)]
    pub set_password: bool,
}

/// What to decide about which photos.
#[derive(Debug, Args)]
pub struct DecideArguments {
    /// What to decide
    #[arg(required_unless_present = "list")]
    pub choice: Option<Choice>,
    /// The photos: files, asset IDs of the library, or for photos of the library a file name or export path from the last run
    /// (after ID/ where several have it)
    #[arg(required_unless_present_any = ["list", "reason", "under", "run"], value_name = "FILE|ASSET")]
    pub files: Vec<PathBuf>,
    /// Instead of single photos: everything skipped for this reason, for example "deleted in Photos"
    #[arg(long, conflicts_with = "files")]
    pub reason: Option<Reason>,
    /// Instead of single photos: everything below this directory of the folder, for example 2024/05, or its full path
    #[arg(long, value_name = "DIR", conflicts_with = "files")]
    pub under: Option<PathBuf>,
    /// The run to look in [default: the latest]
    #[arg(long, conflicts_with = "files")]
    pub run: Option<i64>,
    #[command(flatten)]
    pub sides: SideArguments,
    /// List all decisions
    #[arg(long, conflicts_with_all = ["choice", "files", "reason", "under", "run"])]
    pub list: bool,
}

/// What a person may decide about a photo.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Choice {
    /// Never copy it
    LeaveOut,
    /// Copy it despite the reason to skip it
    TakeIn,
    /// Make a late RAW, or the video of a Live Photo, part of its photo
    Join,
    /// Cancel the decision
    Withdraw,
}

/// The direction of a sync.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Mode {
    /// Copy new photos from the folder into the library
    Import,
    /// Import, and also copy new photos from the library into the folder
    Bidirectional,
    /// Copy new photos from the library into the folder
    Export,
}

impl From<Mode> for photobridge_core::run::Mode {
    fn from(mode: Mode) -> Self {
        match mode {
            Mode::Import => Self::Import,
            Mode::Bidirectional => Self::Bidirectional,
            Mode::Export => Self::Export,
        }
    }
}

#[derive(Debug, Subcommand)]
pub enum BaselineAction {
    /// Show the baseline
    Show(SideArguments),
    /// Set the baseline, to now if no time is given
    Set {
        /// For example 2026-02-28, 2026-02-28T18:00 (local time) or 2026-02-28T17:00:00Z
        time: Option<String>,
        #[command(flatten)]
        sides: SideArguments,
    },
    /// Clear it; the next export sets it again
    Clear,
}

#[derive(Debug, Subcommand)]
pub enum ScheduleAction {
    /// List the schedules, with the next time and the last result
    List,
    /// Add a schedule to the settings
    Add {
        /// Its name
        name: String,
        #[command(flatten)]
        when: WhenArguments,
        /// Direction [default: the setting `mode` at that time]
        #[arg(long)]
        mode: Option<Mode>,
    },
    /// Remove a schedule
    Remove {
        /// Its name
        name: String,
    },
    /// Pause a schedule
    Pause {
        /// Its name
        name: String,
    },
    /// Resume a schedule; missed runs are not made up
    Resume {
        /// Its name
        name: String,
    },
}

/// When a schedule is due.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct WhenArguments {
    /// Every this many minutes, up to 10080 (a week)
    #[arg(long, value_name = "MINUTES")]
    pub every: Option<i64>,
    /// Once a day at this local time, for example 07:30
    #[arg(long, value_name = "HH:MM")]
    pub daily: Option<String>,
    /// A five-field cron expression in local time, for example "30 7 * * 1-5"
    #[arg(long, value_name = "EXPRESSION")]
    pub cron: Option<String>,
}

#[derive(Debug, Subcommand)]
pub enum NotifyAction {
    /// Send a test by every channel that is set up, or by one of them
    Test {
        /// The channel
        way: Option<Channel>,
    },
    /// Store a password, token or secret address; asks for it, and an empty one removes it
    Secret {
        /// Which one
        #[arg(value_parser = clap::builder::PossibleValuesParser::new(secrets::KEYS.map(|(key, _)| key)))]
        key: String,
    },
}

#[derive(Debug, Subcommand)]
pub enum TokenAction {
    /// Create a token and print it, this once
    Add {
        /// A name, for example the program that will use it
        name: String,
    },
    /// List the names of all tokens
    List,
    /// Revoke a token, effective immediately
    Remove {
        /// Its name
        name: String,
    },
}

#[derive(Debug, Subcommand)]
pub enum ServiceAction {
    /// Start it now and at each login; its address is saved in the settings
    Install {
        #[command(flatten)]
        whose: WhoseArguments,
        /// Where `serve` listens, for example 192.168.1.20:27731 or :27731: the setting `server.listen`
        #[arg(long, value_name = "ADDRESS")]
        listen: Option<String>,
        /// Another name under which browsers reach it: the setting `server.names`; repeat for several
        #[arg(long, value_name = "HOST")]
        name: Vec<String>,
    },
    /// Show whether it is installed and running, and the address of the page
    Status {
        #[command(flatten)]
        whose: WhoseArguments,
    },
    /// Stop and uninstall it; nothing else is removed
    Uninstall {
        #[command(flatten)]
        whose: WhoseArguments,
    },
}

/// Whose service it is.
#[derive(Debug, Args, Default)]
pub struct WhoseArguments {
    /// On Linux, as root: a system service, which runs even when nobody is logged in. It can write only to the data
    /// directory, the folders and the library of the settings
    #[arg(long)]
    pub system: bool,
    /// With --system: the account to run as [default: the owner of the data directory]
    #[arg(long, value_name = "ACCOUNT", requires = "system")]
    pub account: Option<String>,
}

/// Flags of a rebuild.
#[derive(Debug, Args, Default)]
pub struct RebuildArguments {
    #[command(flatten)]
    pub sides: SideArguments,
    /// Don't ask for confirmation
    #[arg(long)]
    pub yes: bool,
}

#[derive(Debug, Subcommand)]
pub enum LedgerAction {
    /// Check the whole ledger file
    Check,
    /// Set the ledger aside and create a new one from the folder and the library; asks first
    Rebuild(RebuildArguments),
}
