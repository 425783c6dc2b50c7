package dev.hardwire.live.restrict;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.Cli;
import dev.hardwire.testing.KernelFeature;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Programs;
import dev.hardwire.testing.Takes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files that a program may use. */
@Takes(KernelFeature.FILES)
class FilesTest {
  @TempDir private Path folder;
  private Restricted restricted;
  private Path in;
  private Path out;

  @BeforeEach
  void makeFolders() throws IOException {
    restricted = new Restricted(folder);
    in = Files.createDirectories(folder.resolve("in/below")).getParent();
    out = Files.createDirectory(folder.resolve("out"));
    Files.writeString(in.resolve("file"), "inside\n");
    Files.writeString(out.resolve("file"), "outside\n");
    Files.createSymbolicLink(in.resolve("link"), out.resolve("file"));
  }

  private Map<String, String> attempts(String section, Object... attempts) throws IOException {
    Path program = restricted.patched(Restricted.TRY, "landlock: {" + section + "}");
    Path program32 = restricted.patched(Restricted.TRY_I386, "landlock: {" + section + "}");
    Map<String, String> results = Restricted.results(program, attempts);
    if (List.of(attempts).stream().allMatch(a -> a.toString().matches("(read|list|write):.*"))) {
      assertThat(Restricted.results(program32, attempts)).isEqualTo(results);
    }
    return results;
  }

  @Test
  void catReadsOneFolder() throws IOException {
    Path cat = restricted.patched(Path.of("/bin/cat"), "landlock: {read: [" + in + "]}");
    assertThat(Programs.run(cat, in.resolve("file"))).isEqualTo(new Outcome(0, "inside\n", ""));
    for (Path refused : List.of(out.resolve("file"), in.resolve("link"), Path.of("/etc/passwd"))) {
      Programs.run(cat, refused).fails(1, "Permission denied");
    }
  }

  @Test
  void stracesCallsAreThoseOfInspect() throws IOException {
    Path cat =
        restricted.patched(
            Path.of("/bin/cat"), "landlock: {read: [" + in + "]}", "limits: {core: 0}");
    Path trace = folder.resolve("trace");
    Programs.output("strace", "-o", trace, cat, in.resolve("file"));
    List<String> made =
        Files.readAllLines(trace).stream()
            .dropWhile(line -> !line.startsWith("prctl(PR_SET_NO_NEW_PRIVS"))
            .takeWhile(line -> !line.contains("{len=6,"))
            .map(line -> line.replaceAll("\\(.*", ""))
            .toList();
    List<String> shown =
        Cli.ok("inspect", cat)
            .out()
            .lines()
            .dropWhile(line -> !line.contains("PR_SET_NO_NEW_PRIVS"))
            .takeWhile(line -> !line.contains("{len=6,"))
            .map(line -> line.strip().replaceAll("^scratch.* = ", "").replaceAll("\\(.*", ""))
            .filter(line -> !line.startsWith("store") && !line.startsWith("skip"))
            .filter(line -> !line.equals("write"))
            .toList();
    // the newest versions are compared until one is found, and this kernel's may be the first
    assertThat(made).contains("landlock_create_ruleset", "landlock_restrict_self", "prlimit64");
    assertThat(made.stream().filter(call -> !call.equals("futex")))
        .containsExactlyElementsOf(shown.stream().filter(call -> !call.equals("futex")).toList());
    assertThat(Cli.ok("inspect", cat).out())
        .contains("openat(AT_FDCWD, \"" + in + "\", O_PATH|O_CLOEXEC)")
        .contains("{allowed_access=READ_FILE|READ_DIR, parent_fd=fd of \"" + in + "\"}")
        .contains("prlimit64(0, RLIMIT_CORE, {rlim_cur=0, rlim_max=0}, NULL)");
  }

  @Test
  void eachListGivesItsRights() throws IOException {
    Path file = in.resolve("file");
    String[] attempts = {
      "read:" + file,
      "list:" + in,
      "write:" + file,
      "create:" + in.resolve("new"),
      "rename:" + in.resolve("new") + ":" + in.resolve("below/new"),
      "remove:" + in.resolve("below/new"),
      "mkdir:" + in.resolve("folder"),
      "remove:" + in.resolve("folder"),
      "truncate:" + file,
      "execute:/bin/true"
    };
    assertThat(attempts("read: [" + in + "]", (Object[]) attempts).values())
        .containsExactly(
            "ok", "ok", "EACCES", "EACCES", "ENOENT", "ENOENT", "EACCES", "ENOENT", "EACCES",
            "EACCES");
    assertThat(attempts("write: [" + in + "]", (Object[]) attempts).values())
        .containsExactly("EACCES", "EACCES", "ok", "ok", "ok", "ok", "ok", "ok", "ok", "EACCES");
    assertThat(
            attempts("read: [/usr, /etc, /lib], execute: [/usr, /lib64]", (Object[]) attempts)
                .values())
        .containsExactly(
            "EACCES", "EACCES", "EACCES", "EACCES", "ENOENT", "ENOENT", "EACCES", "ENOENT",
            "EACCES", "ok");
  }

  @Test
  void aRuleMayBeAFileALinkOrTheWorkingDirectory() throws IOException {
    Path file = in.resolve("file");
    assertThat(attempts("read: [" + file + "]", "read:" + file, "list:" + in).values())
        .containsExactly("ok", "EACCES");
    assertThat(
            attempts(
                    "read: [" + in.resolve("link") + "]",
                    "read:" + in.resolve("link"),
                    "read:" + out.resolve("file"),
                    "list:" + out)
                .values())
        .containsExactly("ok", "ok", "EACCES");
    assertThat(attempts("write: [" + file + "]", "write:" + file, "read:" + file).values())
        .containsExactly("ok", "EACCES");
    Path here = Path.of("").toAbsolutePath().resolve("pom.xml");
    assertThat(attempts("read: [.]", "read:" + here, "read:" + file).values())
        .containsExactly("ok", "EACCES");
  }

  @Test
  void aMissingPathStopsTheProgramUnlessItIsOptional() throws IOException {
    Path gone = folder.resolve("gone");
    Path strict =
        restricted.patched(Restricted.TRY, "landlock: {read: [" + in + ", " + gone + "]}");
    Programs.run(strict, "read:" + in.resolve("file"))
        .fails(
            126,
            "hardwire: the Landlock rule for "
                + gone
                + " failed, so the program was not started; the call returned -2\n");
    String optional = "read: [" + in + ", \"?" + gone + "\"]";
    assertThat(attempts(optional, "read:" + in.resolve("file"), "read:/etc/passwd").values())
        .containsExactly("ok", "EACCES");
    Files.createDirectory(gone);
    Programs.run(strict, "read:" + in.resolve("file")).succeeds().isQuiet();
    assertThat(attempts(optional, "list:" + gone).values()).containsExactly("ok");
  }

  @Test
  void aFileThatTheUserCannotReadIsARuleAllTheSame() throws IOException {
    Path file = Files.writeString(out.resolve("secret"), "x");
    Programs.output("chmod", "0", file);
    Programs.output("chmod", "755", folder);
    Path program = restricted.patched(Restricted.TRY, "landlock: {read: [" + file + "]}");
    Outcome outcome =
        Programs.run(
            "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", program, "read:" + file);
    assertThat(Restricted.results(outcome)).containsEntry("read:" + file, "EACCES");
  }

  /** Landlock refuses such renames unless every ruleset of the process grants REFER. */
  @Test
  void renamesAcrossFoldersWorkUnderAParentAndStacked() throws IOException {
    String attempt = "rename:" + in.resolve("file") + ":" + out.resolve("moved");
    String back = "rename:" + out.resolve("moved") + ":" + in.resolve("file");
    String rules = "landlock: {read: [/], write: [" + folder + "], execute: [/]}";
    Path parent = restricted.patched(Path.of("/usr/bin/env"), rules);
    Path ports = restricted.patched(Restricted.TRY, "landlock: {bind: []}");
    Path files = restricted.patched(Restricted.TRY, rules);
    Path stacked = folder.resolve("stacked");
    Cli.ok("patch", "--stack", "--policy", restricted.policy(rules), "-o", stacked, ports);
    for (Path program : List.of(ports, files, stacked)) {
      assertThat(Restricted.results(program, attempt, back).values()).containsOnly("ok");
      assertThat(Restricted.results(Programs.run(parent, program, attempt, back)).values())
          .containsOnly("ok");
    }
    assertThat(Restricted.results(stacked, "bind:4711", "create:/tmp/x-" + folder.getFileName()))
        .containsValues("EACCES");
    Cli.ok("verify", stacked);
  }

  @Test
  void withFewDescriptorsItIsNeverUnconfined() throws IOException {
    for (String kernel : List.of("require", "{at-least: 0}", "{at-least: 6, below: warn}")) {
      Path program =
          restricted.patched(
              Restricted.TRY, "landlock: {kernel: " + kernel + ", read: [" + in + "]}");
      int started = 0;
      for (int limit = 3; limit <= 8; limit++) {
        Outcome outcome =
            Programs.run(
                "prlimit",
                "--nofile=" + limit,
                "sh",
                "-c",
                "exec 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-; exec \"$0\" list:/etc",
                program);
        if (outcome.status() == 0) {
          assertThat(outcome.out()).isEqualTo("list:/etc: EACCES\n");
          started++;
        } else {
          outcome.fails(limit == 3 ? 127 : 126, "");
        }
      }
      assertThat(started).isBetween(3, 5);
    }
  }
}
