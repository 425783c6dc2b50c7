package dev.hardwire.live.hostile;

import static dev.hardwire.testing.Programs.output;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonParser;
import dev.hardwire.live.hostile.HostileRoom.Command;
import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Fixtures;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Names that would do something to a terminal or to the reader of a report. */
class HostileNamesTest {
  private static final String NAME = "a\nhardwire: b: verified\u001b[2J\r\u007f\u202e";
  private static final String SHOWN = "a\\nhardwire: b: verified\\x1b[2J\\r\\x7f\\u202e";

  @TempDir private Path folder;

  private static void isHarmless(Outcome outcome, String what) {
    String all = outcome.out() + outcome.err();
    assertThat(all.replace("\n", "")).as(what).doesNotContainPattern("[\\p{Cntrl}\\u0080-\\u009f]");
    assertThat(all).as(what).doesNotContain("\u202e");
    assertThat(all.lines()).as(what).noneMatch(line -> line.startsWith("hardwire: b"));
  }

  @Test
  void namesAreShownOnOneLineWithoutCommandsForTheTerminal() throws IOException {
    HostileRoom room = new HostileRoom(folder);
    Path file = Files.copy(room.good, folder.resolve(NAME));
    for (Command command :
        List.of(
            Command.INSPECT,
            Command.VERIFY,
            Command.PATCH_PLAN,
            Command.PATCH_IN_PLACE,
            Command.VERIFY,
            Command.INSPECT,
            Command.DISASM,
            Command.SIGN,
            Command.LEARN,
            Command.POLICY_CHECK,
            Command.RESTORE)) {
      Outcome outcome = room.run(command, file);
      isHarmless(outcome, command.name());
      boolean silent = command == Command.DISASM && outcome.status() == 0;
      if (!silent && !outcome.out().contains(room.out.toString())) {
        assertThat(outcome.out() + outcome.err()).as(command.name()).contains(SHOWN);
      }
    }
  }

  /** The start script always gives Java a locale that has all letters. */
  @Test
  void namesThatTheLocaleDoesNotHave() {
    List<String> words = List.of("sh", "-c", "exec \"$@\" \"$(printf 'tr\\303\\251')\"", "sh");
    List<String> command = Cli.process().under("env", "LC_ALL=C").command("inspect");
    Outcome outcome = Programs.run(words, command);
    assertThat(outcome.status()).as("%s", outcome).isEqualTo(2);
    assertThat(outcome.err()).contains("not a valid name in this locale; set LC_ALL=C.UTF-8");
  }

  @Test
  void wordsThatAreNoOptionsAreShownInTheSameWay() {
    Outcome outcome = Cli.run("verify", "--" + NAME, "file");
    assertThat(outcome.status()).isEqualTo(2);
    assertThat(outcome.err()).contains(SHOWN);
    isHarmless(outcome, "usage");
  }

  @Test
  void reportsForMachinesKeepNamesAndHoldNoCommandsForTheTerminal() throws IOException {
    Path tree = Files.createDirectory(folder.resolve("tree"));
    Path file = Files.copy(Fixtures.named("gcc-pie").path(), tree.resolve(NAME));
    Outcome patched =
        Cli.run("patch", "--deny", "uname", "--recursive", "--in-place", "--json", tree);
    patched.succeeds();
    isHarmless(patched, "patch");
    JsonArray files =
        JsonParser.parseString(patched.out()).getAsJsonObject().getAsJsonArray("files");
    assertThat(files.get(0).getAsJsonObject().get("file").getAsString()).isEqualTo(file.toString());
    Outcome verified = Cli.run("verify", "--json", tree);
    isHarmless(verified, "verify");
    JsonArray reports = JsonParser.parseString(verified.out()).getAsJsonArray();
    assertThat(reports.get(0).getAsJsonObject().get("file").getAsString())
        .isEqualTo(file.toString());
  }

  @Test
  void namesThatAreNotUtf8ArePatchedWithTheirAttributes() throws IOException {
    Path tree = Files.createDirectory(folder.resolve("tree"));
    String script =
        """
        cd "$1" && mkdir "$(printf 'dir\\377')" && cd dir* && name=$(printf 'bad\\376\\377')
        cp "$2" "$name" && chmod 2751 "$name" && chown 1234:1235 "$name" && chmod 2751 "$name"
        """;
    output("bash", "-c", script, "bash", tree, Fixtures.named("gcc-pie").path());
    Outcome patched = Cli.run("patch", "--deny", "uname", "--recursive", "--in-place", tree);
    patched.succeeds();
    assertThat(patched.err()).isEmpty();
    assertThat(patched.out()).contains("\n1 file: 1 patched");
    assertThat(output("bash", "-c", "cd \"$1\"/dir* && stat -c %a:%u:%g bad*", "bash", tree))
        .isEqualTo("2751:1234:1235\n");
    Cli.ok("verify", tree);
    Outcome again = Cli.run("patch", "--deny", "uname", "--recursive", "--in-place", tree);
    assertThat(again.out()).contains("1 already");
    try (Stream<Path> all = Files.walk(tree)) {
      assertThat(all).hasSize(3);
    }
  }
}
