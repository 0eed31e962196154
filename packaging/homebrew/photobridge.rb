# Builds Photobridge from its sources, on a Mac as an app. docs/install.md says how to use it: @SOURCES@ is where a clone of
# the sources lies. It was not run on a Mac yet.
class Photobridge < Formula
  desc "Keeps an Apple Photos library and a folder of photos in step"
  homepage "@SOURCES@"
  # @RELEASE@ scripts/release --formula puts the sources of a version and their checksum here.
  license any_of: ["MIT", "Apache-2.0"]
  head "@SOURCES@", using: :git, branch: "main"

  depends_on "rust" => :build

  def install
    system "cargo", "build", "--release", "--locked", "--package", "photobridge"
    if OS.mac?
      system "scripts/make-app", "--output", prefix
      bin.install_symlink prefix/"Photobridge.app/Contents/MacOS/photobridge"
    else
      bin.install "target/release/photobridge"
    end
    generate_completions_from_executable(bin/"photobridge", "completions")
    (man1/"photobridge.1").write Utils.safe_popen_read(bin/"photobridge", "manual")
  end

  def caveats
    on_macos do
      <<~TEXT
        macOS must allow it to use Photos. Open the app once, and choose Full Access:
          open #{opt_prefix}/Photobridge.app
        It is signed ad hoc, so macOS asks again after each update.
      TEXT
    end
  end

  test do
    demo = shell_output("#{bin}/photobridge --data-dir #{testpath}/data demo #{testpath}/demo")
    assert_match "A second simulate has nothing to import and nothing to export.", demo
  end
end
