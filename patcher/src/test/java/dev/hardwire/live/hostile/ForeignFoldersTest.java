package dev.hardwire.live.hostile;

import static dev.hardwire.testing.SameBytes.sameBytesAs;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hardwire.Hardwire;
import dev.hardwire.output.CacheFolder;
import dev.hardwire.testing.Cli;
import dev.hardwire.testing.CommandLoop;
import dev.hardwire.testing.Containers;
import dev.hardwire.testing.Fixtures;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.net.URI;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Root works with folders and links of another user, who cannot lead it elsewhere. */
class ForeignFoldersTest {
  private static final int NOBODY = 65534;
  private static final int IO_FAILED = 6;

  @TempDir private Path folder;
  private Path foreign;
  private Path secret;

  @BeforeEach
  void makeFolders() throws IOException {
    Programs.output("chmod", "0755", folder);
    foreign = Files.createDirectory(folder.resolve("foreign"));
    Files.setAttribute(foreign, "unix:uid", NOBODY);
    secret = Files.createDirectory(folder.resolve("secret"));
    Files.writeString(secret.resolve("file"), "secret");
    Programs.output("chmod", "0700", secret);
    Programs.output("chmod", "0600", secret.resolve("file"));
  }

  private Path foreignLink(String name, Path target) throws IOException {
    Path link = Files.createSymbolicLink(foreign.resolve(name), target);
    Files.setAttribute(link, "unix:uid", NOBODY, LinkOption.NOFOLLOW_LINKS);
    return link;
  }

  private String state() {
    return Programs.output(
        "sh", "-c", "find \"$0\" -printf '%p %i %m %u %s %T@ %C@\\n' | sort", secret);
  }

  /** Programs are neither kept nor run where another user could exchange them. */
  @Test
  void temporaryFoldersOfOthersAreRefused() throws IOException {
    Path temporary = Files.createDirectories(foreign.resolve("deep/deeper"));
    try (CommandLoop hardwire = commandsWith(temporary)) {
      Files.setAttribute(foreign, "unix:uid", 0);
      Programs.output("chmod", "0777", temporary);
      isRefused(temporary, hardwire);
      Programs.output("chmod", "0755", temporary);
      Files.setAttribute(foreign, "unix:uid", NOBODY);
      isRefused(temporary, hardwire);
    }
    assertThat(temporary).isEmptyDirectory();
  }

  @Test
  @Tag("long")
  void moreTemporaryFoldersOfOthersAreRefused() throws IOException {
    for (Path temporary : List.of(foreign, foreignLink("link", secret))) {
      try (CommandLoop hardwire = commandsWith(temporary)) {
        isRefused(temporary, hardwire);
      }
    }
  }

  private static CommandLoop commandsWith(Path temporary) throws IOException {
    return new CommandLoop(Map.of("TMPDIR", temporary.toString()));
  }

  private Path sharedFolder() throws IOException {
    Path shared = Files.createDirectory(folder.resolve("shared"));
    Programs.output("chmod", "0777", shared);
    return shared;
  }

  private void isRefused(Path temporary, CommandLoop hardwire) throws IOException {
    Path image = folder.resolve("image");
    if (!Files.exists(image)) {
      Containers.ARCHIVE.make(image);
    }
    Path manifest = Containers.manifest(folder, "uname");
    for (List<Object> command :
        List.<List<Object>>of(
            List.of("apply", "--root", image, manifest),
            List.of("report", image),
            List.of("learn", "--exec", "--", "/usr/bin/true"))) {
      String before = state();
      Outcome outcome = hardwire.run(command);
      assertThat(outcome.status()).as("%s: %s", command, outcome).isEqualTo(IO_FAILED);
      assertThat(outcome.err())
          .startsWith("hardwire: " + temporary + ": other users can exchange files in this folder")
          .endsWith("; set TMPDIR to a folder for temporary files\n");
      assertThat(outcome.out()).isEmpty();
      assertThat(state()).isEqualTo(before);
    }
  }

  @Test
  void aTraceIsNotWrittenThroughAForeignLink() throws IOException {
    Path link = foreignLink("trace", secret.resolve("file"));
    String before = state();
    CommandLoop.shared()
        .run(
            "learn", "--exec", "--log", link, "-o", folder.resolve("policy"), "--", "/usr/bin/true")
        .succeeds();
    assertThat(state()).isEqualTo(before);
    assertThat(link).isRegularFile(); // the link was replaced
    Path directory = foreignLink("directory", secret);
    Outcome outcome =
        Cli.run("learn", "--exec", "--log", directory.resolve("file"), "--", "/usr/bin/true");
    assertThat(outcome.status()).isEqualTo(IO_FAILED);
    assertThat(outcome.err()).contains("a symbolic link of another user, 'directory' -> '");
    assertThat(state()).isEqualTo(before);
  }

  @Test
  void theCacheIsNotMadeWhereOthersCanExchangeIt() throws IOException {
    foreignLink("link", secret);
    sharedFolder();
    String before = state();
    for (String name : List.of("foreign/link", "foreign/cache", "shared", "own")) {
      Path cache = folder.resolve(name).resolve("hardwire");
      new CacheFolder(cache).write("entry", new byte[] {1});
      assertThat(Files.exists(cache)).as(name).isEqualTo(name.equals("own"));
    }
    assertThat(state()).isEqualTo(before);
    assertThat(foreign.resolve("cache")).doesNotExist();
  }

  @Test
  void theCommandDoesNotMakeTheCacheThere() throws IOException {
    cacheIsNotMade("foreign/link");
  }

  @ParameterizedTest
  @ValueSource(strings = {"foreign/cache", "shared"})
  @Tag("long")
  void theCommandDoesNotMakeTheCacheInMoreFolders(String name) throws IOException {
    cacheIsNotMade(name);
  }

  private void cacheIsNotMade(String name) throws IOException {
    foreignLink("link", secret);
    sharedFolder();
    String before = state();
    Path home = folder.resolve(name);
    Path jar =
        Files.createDirectory(folder.resolve("jar")); // the cache needs a file as its version
    Outcome outcome =
        Cli.process()
            .environment(Map.of("XDG_CACHE_HOME", home.toString()))
            .in(jar)
            .call("derive", Fixtures.named("musl-pie").path());
    outcome.endsWith(3); // it says which call it does not know, after the analysis
    assertThat(state()).isEqualTo(before);
    assertThat(home.resolve("hardwire")).doesNotExist();
    assertThat(foreign.resolve("cache")).doesNotExist();
  }

  /** A layout whose files another user can exchange for links to root's. */
  @Test
  void linksInALayoutAreNotFollowed() throws IOException {
    Path layout = Containers.LAYOUT.make(foreign.resolve("layout"));
    Path blob = layout.resolve("blobs/sha256/" + "0".repeat(64));
    Files.createSymbolicLink(blob, secret.resolve("file"));
    Path out = folder.resolve("out");
    Outcome outcome =
        Cli.run("apply", "--root", layout, "-o", out, Containers.manifest(folder, "uname"));
    assertThat(outcome.status()).isEqualTo(IO_FAILED);
    assertThat(outcome.err()).contains("not a regular file");
    assertThat(out).doesNotExist();
  }

  @Test
  void aLayoutIsNotChangedThroughAForeignLink() throws IOException {
    Path layout = Containers.LAYOUT.make(secret.resolve("layout"));
    Path link = foreignLink("link", layout);
    String before = state();
    Outcome outcome = Cli.run("apply", "--root", link, Containers.manifest(folder, "uname"));
    assertThat(outcome.status()).isEqualTo(IO_FAILED);
    assertThat(outcome.err()).contains("a symbolic link of another user");
    assertThat(state()).isEqualTo(before);
  }

  @Test
  void linksInProcAreNotReplaced() throws IOException {
    Path program = Files.copy(Path.of("/bin/sleep"), folder.resolve("program"));
    Process process = Programs.start(new ProcessBuilder(program.toString(), "60"));
    try {
      Path exe = Path.of("/proc/" + process.pid() + "/exe");
      Outcome outcome = Cli.run("patch", "--deny", "uname", "--in-place", exe);
      assertThat(outcome.status()).isEqualTo(IO_FAILED);
      assertThat(outcome.err())
          .contains("a link in a proc file system, 'exe' -> '" + program + "'; name that file");
      assertThat(program).has(sameBytesAs(Path.of("/bin/sleep")));
    } finally {
      process.destroyForcibly();
    }
    Path stdout = Files.createSymbolicLink(folder.resolve("stdout"), Path.of("/proc/self/fd/1"));
    Outcome outcome = Cli.run("library", "-o", stdout);
    assertThat(outcome.status()).isEqualTo(IO_FAILED);
    assertThat(outcome.err()) // by what standard output is where the tests run
        .containsAnyOf("is a symbolic link to '/proc/self/fd/1'", "is not a regular file");
    assertThat(stdout).isSymbolicLink();
  }

  @Test
  void aLinkThatIsNamedLeadsToTheFileThatIsShown() throws IOException {
    Path program = Files.copy(Fixtures.named("gcc-pie").path(), folder.resolve("program"));
    Path link = Files.createSymbolicLink(folder.resolve("link"), program);
    Outcome outcome = Cli.ok("patch", "--deny", "uname", "--in-place", link);
    assertThat(outcome.out()).startsWith(program + ": ");
    assertThat(link).isSymbolicLink();
  }

  /** Paths of other file systems name nothing on this one. */
  @Test
  void pathsOfOtherFileSystemsAreRefused() throws IOException {
    Path uname = Path.of("/usr/bin/uname");
    Path copy = Files.copy(uname, folder.resolve("uname"));
    URI archive = URI.create("jar:" + folder.resolve("files.zip").toUri());
    try (FileSystem zip = FileSystems.newFileSystem(archive, Map.of("create", "true"))) {
      Path inside = zip.getPath(copy.toString());
      Files.createDirectories(inside.getParent());
      Files.copy(uname, inside);
      Containers.manifest(folder, "uname");
      Path policy = folder.resolve("uname-policy.yaml");
      assertThatThrownBy(() -> Hardwire.patch(inside).policy(policy).inPlace())
          .hasMessageContaining("another file system");
      assertThatThrownBy(() -> Hardwire.patch(copy).policy(policy).to(zip.getPath("/result")))
          .hasMessageContaining("another file system");
      assertThatThrownBy(() -> Hardwire.verify(inside).run())
          .hasMessageContaining("another file system");
      assertThatThrownBy(() -> Hardwire.inspect(inside))
          .hasMessageContaining("another file system");
    }
    assertThat(copy).has(sameBytesAs(uname));
  }
}
