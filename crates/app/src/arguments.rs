//! The command line. The doc comments are the help.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use photobridge_core::reason::Reason;

use crate::log::Level;
use crate::notify::{Channel, secrets};
use crate::settings;

/// Keeps an Apple Photos library and a folder of photos in step, and never loses, overwrites or duplicates a photo.
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

const EXIT_CODES: &str = "Exit codes: 0 done, 1 some files failed or the run did not come to its end, 2 usage, 3 another run is active, \
                          4 a folder or the library is missing, 5 stopped by a guard.";

/// What is said below the long help: which variables stand for settings.
fn environment() -> String {
    let names = settings::environment::keys().iter().map(|key| settings::environment::name(key)).collect::<Vec<_>>();
    format!(
        "{EXIT_CODES}\n\nEach setting can be given by the environment, and then goes before the settings file: PHOTOBRIDGE_FOLDER \
         (folders, with : between them), {}. What `serve` takes: `photobridge serve --help`.",
        names.join(", ")
    )
}

/// Flags that every command takes.
#[derive(Debug, Args)]
pub struct Global {
    /// Where the ledger, the settings and our own library lie
    #[arg(long, global = true, env = "PHOTOBRIDGE_DATA_DIR", value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// Say only which files failed, and why
    #[arg(long, short, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Say more: every verdict, and what is going on
    #[arg(long, short, global = true)]
    pub verbose: bool,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show exactly what a sync would do; changes nothing
    Simulate(RunArguments),
    /// Bring new photos of the folder into the library, of the library into the folder, or both
    Sync(SyncArguments),
    /// Show or set the instant from which Going Forward exports what is added to the library
    Baseline {
        #[command(subcommand)]
        action: BaselineAction,
    },
    /// Take back what a sync carried: exports move out of the folder, imports are gathered in an album; nothing is deleted
    Undo {
        /// The number of the sync, or of an undo that is to be undone; `history` lists them
        run: i64,
        /// Then remove for good what it imported into a library of Photobridge's own, after a list: what the folder holds
        #[arg(long)]
        remove: bool,
        /// With --remove: do not ask
        #[arg(long, requires = "remove")]
        yes: bool,
        #[command(flatten)]
        sides: SideArguments,
    },
    /// Show what is set up and how the last run went
    Status(SideArguments),
    /// List the runs, or explain one
    History {
        /// The number of a run
        run: Option<i64>,
        /// One JSON object for each verdict of the run, or for each run
        #[arg(long)]
        json_lines: bool,
    },
    /// Syncs that start by themselves while `photobridge serve` runs
    Schedule {
        #[command(subcommand)]
        action: ScheduleAction,
    },
    /// Keep `photobridge serve` running in the background, by systemd or launchd
    Service {
        #[command(subcommand)]
        action: ServiceAction,
    },
    /// Leave single photos out, or take them in although a reason speaks against it
    Decide(DecideArguments),
    /// Show the settings, or change one
    Config(ConfigArguments),
    /// Serve the web page, on this machine only unless told otherwise
    Serve(ServeArguments),
    /// Tokens for programs that use the API of `serve`, instead of its password
    Token {
        #[command(subcommand)]
        action: TokenAction,
    },
    /// Say whether `serve` answers, for whatever watches over it: exit code 0 or 1
    Health {
        /// Where it listens [default: as `serve` would]
        #[arg(long, env = "PHOTOBRIDGE_LISTEN", value_name = "ADDRESS")]
        listen: Option<String>,
    },
    /// Who is told when syncs do not work
    Notify {
        #[command(subcommand)]
        action: NotifyAction,
    },
    /// Check that everything a sync needs is there
    Doctor(DoctorArguments),
    /// On a Mac: let macOS ask whether Photobridge may use Photos
    Authorize,
    /// Show what a library holds; changes nothing in it
    Library {
        /// The path of a library, instead of the one in the settings
        #[arg(value_name = "LIB")]
        library: Option<String>,
        /// One JSON object for each asset, with all that the library says of it
        #[arg(long)]
        json_lines: bool,
    },
    /// Check the ledger, or make it anew
    Ledger {
        #[command(subcommand)]
        action: LedgerAction,
    },
    /// Make a small sample household and sync it both ways in front of you, with the page to explore it
    Demo {
        /// Where to make it; a new folder below the current one if not given
        #[arg(value_name = "DIR")]
        directory: Option<PathBuf>,
        /// Only make it, and set it up on the page as on a first day
        #[arg(long)]
        first_run: bool,
    },
    /// Print a completion script for a shell
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page, for `man -l -`
    Manual,
}

/// Which folders and which library.
#[derive(Debug, Args, Default)]
pub struct SideArguments {
    /// A folder of photos, or zips as 'takeout-*.zip', instead of those in the settings; may be given more than once
    #[arg(long, value_name = "DIR")]
    pub folder: Vec<PathBuf>,
    /// `photos` for the Mac's own library, or the path of one
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
    /// Which ways photos go, this once [default: the setting `mode`, which is import at first]
    #[arg(long)]
    pub mode: Option<Mode>,
    /// Export everything that the library holds, this once; see also the setting `export.range`
    #[arg(long)]
    pub full_library: bool,
    /// The album for imports [default: Photobridge Imports]
    #[arg(long, value_name = "TITLE")]
    pub album: Option<String>,
    /// Do not ask, as of the whole disk as a folder
    #[arg(long)]
    pub yes: bool,
    /// How long a file must not have changed [default: 10]; 0 switches all waits off
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
    /// Do only what this simulation showed, over its range, and list what is new since; `simulate` prints its number. Refused
    /// where the folders, the library, the ways or what becomes of photos are others now
    #[arg(long, value_name = "RUN")]
    pub plan: Option<i64>,
    /// The folder that exports go to is the one that lay at this path, moved or copied: what was deleted there stays so
    #[arg(long, value_name = "DIR", conflicts_with_all = ["new_folder", "unattended"])]
    pub same_as: Option<PathBuf>,
    /// The folder that exports go to is a folder of its own, though another one lay there or is away
    #[arg(long, conflicts_with = "unattended")]
    pub new_folder: bool,
    /// Nobody watches: do not make the first sync of a folder, stop if more than 500 photos would go in, or if most of
    /// the photos that lay on a side (20 or more) are gone
    #[arg(long)]
    pub unattended: bool,
    /// Do not wait for files that were just copied: they wait for the next sync. At a terminal a sync waits for them
    #[arg(long)]
    pub no_wait: bool,
}

/// Which setting, and what it shall be.
#[derive(Debug, Args, Default)]
pub struct ConfigArguments {
    /// Print every setting with its value, and what it means
    #[arg(long, conflicts_with = "key")]
    pub show: bool,
    /// The setting to show or change, as `mode` or `export.layout`; `folder` adds a source folder, also by the https:// address of
    /// one on a server, and `nextcloud` one on a Nextcloud, named as `cloud.example/Photos`, where it logs in first
    pub key: Option<String>,
    /// Its new value
    pub value: Option<String>,
    /// With `folder`: the album for what comes from it; an empty one for that of all. Also for a folder that is there
    #[arg(long, value_name = "TITLE", requires = "value")]
    pub album: Option<String>,
    /// Do not ask, as of the whole disk as a folder
    #[arg(long)]
    pub yes: bool,
    /// With `folder`: look there no more. Nothing is deleted, in the folder or in the library
    #[arg(long, requires = "value", conflicts_with = "album")]
    pub remove: bool,
    /// With `folder`, of one that is in no setting any more: it is gone for good. What came from it may go out to others
    #[arg(long, requires = "value", conflicts_with_all = ["album", "remove"])]
    pub gone: bool,
}

/// Flags of the web page. What is not given here, or by the environment, is as the settings say under `[server]`.
#[derive(Debug, Args, Default)]
pub struct ServeArguments {
    /// Where to listen [default: 127.0.0.1:27731]: 192.168.1.20:27731, nas:27731, :27731 for all addresses of this machine, or
    /// unix:/path/of/a/socket. Whatever other machines reach needs a password
    #[arg(long, env = "PHOTOBRIDGE_LISTEN", value_name = "ADDRESS")]
    pub listen: Option<String>,
    /// Another name under which browsers reach it, as photos.example.org; may be given more than once. The addresses and names
    /// of this machine are known; that of another one, as of a proxy, needs a password or --proxy-asks
    #[arg(long, env = "PHOTOBRIDGE_NAME", value_name = "HOST", value_delimiter = ',')]
    pub name: Vec<String>,
    /// The address of a proxy that is believed who asks it (X-Forwarded-For), or of a network of them: 172.16.0.0/12; may be
    /// given more than once
    #[arg(long, env = "PHOTOBRIDGE_PROXY", value_name = "ADDRESS", value_delimiter = ',')]
    pub proxy: Vec<String>,
    /// The proxy in front asks people who they are, so no password is needed for its name
    #[arg(long, env = "PHOTOBRIDGE_PROXY_ASKS", value_parser = clap::builder::BoolishValueParser::new())]
    pub proxy_asks: bool,
    /// A file that holds the password, as containers are given it, instead of one that was set with --set-password
    #[arg(long, env = "PHOTOBRIDGE_PASSWORD_FILE", value_name = "FILE", conflicts_with = "set_password")]
    pub password_file: Option<PathBuf>,
    /// How much to say on standard error, where that is no terminal [default: info]
    #[arg(long, env = "PHOTOBRIDGE_LOG_LEVEL", value_name = "LEVEL")]
    pub log: Option<Level>,
    /// Say it as JSON, an object a line
    #[arg(long, env = "PHOTOBRIDGE_LOG_JSON", value_parser = clap::builder::BoolishValueParser::new())]
    pub log_json: bool,
    /// Ask for a password, keep its hash in the data directory, and end; an empty one takes it away. It counts at once
    #[arg(long)]
    pub set_password: bool,
}

/// What to say of which photos.
#[derive(Debug, Args)]
pub struct DecideArguments {
    /// What to say of them
    #[arg(required_unless_present = "list")]
    pub choice: Option<Choice>,
    /// The photos: files; ids of assets of the library; or of what goes out of it or stays there a file's name, or the path
    /// that it would have in the folder, as the last run tells it (after ID/ where several are called so)
    #[arg(required_unless_present_any = ["list", "reason", "under", "run"], value_name = "FILE|ASSET")]
    pub files: Vec<PathBuf>,
    /// Instead of single photos: all that stayed for this reason, as "deleted in Photos"
    #[arg(long, conflicts_with = "files")]
    pub reason: Option<Reason>,
    /// Instead of single photos: all that lie below this directory of the folder, as 2024/05; or its whole path
    #[arg(long, value_name = "DIR", conflicts_with = "files")]
    pub under: Option<PathBuf>,
    /// The run that tells which photos those are [default: the latest]
    #[arg(long, conflicts_with = "files")]
    pub run: Option<i64>,
    #[command(flatten)]
    pub sides: SideArguments,
    /// List what was decided
    #[arg(long, conflicts_with_all = ["choice", "files", "reason", "under", "run"])]
    pub list: bool,
}

/// What a person may say of a photo.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Choice {
    /// Never carry it
    LeaveOut,
    /// Carry it although a reason speaks against it
    TakeIn,
    /// Make of a RAW, or the video of a Live Photo, and the photo that came before it one photo
    Join,
    /// Forget what was said of it
    Withdraw,
}

/// Which ways photos go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Mode {
    /// New photos of the folder go into the library
    Import,
    /// That, and new photos of the library go into the folder
    Bidirectional,
    /// New photos of the library go into the folder
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
    /// Show it
    Show(SideArguments),
    /// Set it, to now if no time is given, and remember what the library holds
    Set {
        /// As 2026-02-28, 2026-02-28T18:00 (on this machine's clock) or 2026-02-28T17:00:00Z
        time: Option<String>,
        #[command(flatten)]
        sides: SideArguments,
    },
    /// Forget it: the next sync that exports sets it anew
    Clear,
}

#[derive(Debug, Subcommand)]
pub enum ScheduleAction {
    /// List them, with the next time and what became of the last
    List,
    /// Add one, in the settings
    Add {
        /// What to call it
        name: String,
        #[command(flatten)]
        when: WhenArguments,
        /// Which ways photos go [default: as the settings say by then]
        #[arg(long)]
        mode: Option<Mode>,
    },
    /// Remove one
    Remove {
        /// What it is called
        name: String,
    },
    /// Let one rest
    Pause {
        /// What it is called
        name: String,
    },
    /// Let it go on; what it missed is not made up for
    Resume {
        /// What it is called
        name: String,
    },
}

/// When a schedule is due.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct WhenArguments {
    /// Every so many minutes, up to 10080 (a week)
    #[arg(long, value_name = "MINUTES")]
    pub every: Option<i64>,
    /// Once a day, at a time on this machine's clock, as 07:30
    #[arg(long, value_name = "HH:MM")]
    pub daily: Option<String>,
    /// As a cron expression of five fields says on this machine's clock, as "30 7 * * 1-5"
    #[arg(long, value_name = "EXPRESSION")]
    pub cron: Option<String>,
}

#[derive(Debug, Subcommand)]
pub enum NotifyAction {
    /// Send a trial by every way that is set up, or by this one
    Test {
        /// The way
        way: Option<Channel>,
    },
    /// Keep a password, a token or an address that nobody may see; it is asked for, and an empty one is forgotten
    Secret {
        /// Which
        #[arg(value_parser = clap::builder::PossibleValuesParser::new(secrets::KEYS.map(|(key, _)| key)))]
        key: String,
    },
}

#[derive(Debug, Subcommand)]
pub enum TokenAction {
    /// Make one and print it: it is shown this once
    Add {
        /// What to call it, as the program that will use it
        name: String,
    },
    /// List them, without what they are
    List,
    /// Take one away; it counts no more at once
    Remove {
        /// What it is called
        name: String,
    },
}

#[derive(Debug, Subcommand)]
pub enum ServiceAction {
    /// Start it, now and at each login; what it listens at is kept in the settings
    Install {
        #[command(flatten)]
        whose: WhoseArguments,
        /// Where `serve` is to listen, as 192.168.1.20:27731 or :27731: the setting `server.listen`
        #[arg(long, value_name = "ADDRESS")]
        listen: Option<String>,
        /// Another name under which browsers reach it: the setting `server.names`; may be given more than once
        #[arg(long, value_name = "HOST")]
        name: Vec<String>,
    },
    /// Show whether it is installed and runs, and where the page is
    Status {
        #[command(flatten)]
        whose: WhoseArguments,
    },
    /// Stop and remove it; nothing else is removed
    Uninstall {
        #[command(flatten)]
        whose: WhoseArguments,
    },
}

/// Whose service it is.
#[derive(Debug, Args, Default)]
pub struct WhoseArguments {
    /// On Linux, as root: a service of the machine, which runs whether or not anybody is logged in. It may write the data
    /// directory, the folders and the library of the settings, and nothing else
    #[arg(long)]
    pub system: bool,
    /// With --system: the account that it runs under [default: whose the data directory is]
    #[arg(long, value_name = "ACCOUNT", requires = "system")]
    pub account: Option<String>,
}

/// Flags of a rebuild.
#[derive(Debug, Args, Default)]
pub struct RebuildArguments {
    #[command(flatten)]
    pub sides: SideArguments,
    /// Do not ask
    #[arg(long)]
    pub yes: bool,
}

#[derive(Debug, Subcommand)]
pub enum LedgerAction {
    /// Check the ledger's file from end to end
    Check,
    /// Set the ledger aside and make a new one from the folder and the library; asks first
    Rebuild(RebuildArguments),
}
