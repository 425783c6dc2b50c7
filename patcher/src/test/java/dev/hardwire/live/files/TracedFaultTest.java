package dev.hardwire.live.files;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.live.files.WritingCommands.Command;
import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Outcome;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What {@link FaultTest} does, for the system calls that the JVM makes on files: strace makes them
 * fail. Those on files of the JVM itself are left out.
 */
class TracedFaultTest {
  private static final String CALLS =
      "openat,mkdir,rmdir,unlink,write,read,pread64,pwrite64,getdents64,lseek";

  private static final String[] ERRORS = {"ENOSPC", "EIO", "ENOMEM", "EACCES"};

  /** Thread, call and the rest of a line of strace. */
  private static final Pattern LINE = Pattern.compile("(\\d+) +(\\w+)\\((.*)");

  @TempDir private static Path folder;
  private static WritingCommands commands;
  private static Path temporary;
  private int tried;

  /** The n-th of the calls that a thread makes of one kind. */
  private record Call(String name, int number) {}

  @BeforeAll
  static void makeInputs() throws IOException {
    commands = new WritingCommands(Files.createDirectory(folder.resolve("files")));
    temporary = Files.createDirectory(folder.resolve("temporary"));
  }

  private Outcome traced(Command command, String... options) {
    List<Object> strace =
        new ArrayList<>(List.of("strace", "-f", "--seccomp-bpf", "-y", "-qqq", "-s", "0"));
    strace.addAll(List.of(options));
    strace.addAll(List.of("-o", folder.resolve("trace")));
    return Cli.process()
        .jvm("-XX:-UsePerfData")
        .under(strace)
        .environment(Map.of("TMPDIR", temporary.toString()))
        .call(commands.words(command));
  }

  /** Whether a call is on a file that the command works on. */
  private boolean isOurs(String arguments) {
    return arguments.contains(folder + "/files/place") || arguments.contains(temporary.toString());
  }

  private List<Matcher> trace() throws IOException {
    List<Matcher> lines = new ArrayList<>();
    for (String line : Files.readAllLines(folder.resolve("trace"), StandardCharsets.ISO_8859_1)) {
      Matcher matcher = LINE.matcher(line);
      if (matcher.matches()) {
        lines.add(matcher);
      }
    }
    return lines;
  }

  private Set<Call> calls() throws IOException {
    Map<String, Integer> counts = new HashMap<>();
    Set<Call> found = new LinkedHashSet<>();
    for (Matcher line : trace()) {
      int number = counts.merge(line.group(1) + " " + line.group(2), 1, Integer::sum);
      if (isOurs(line.group(3))) {
        found.add(new Call(line.group(2), number));
      }
    }
    return found;
  }

  /** Whether a call failed, and only those of the command did. */
  private boolean isInjected() throws IOException {
    boolean isThere = false;
    for (Matcher line : trace()) {
      if (line.group(3).contains("(INJECTED)")) {
        if (!isOurs(line.group(3))) {
          return false;
        }
        isThere = true;
      }
    }
    return isThere;
  }

  private Set<String> left() throws IOException {
    try (Stream<Path> files = Files.list(temporary)) {
      Set<String> names = new TreeSet<>();
      files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.startsWith(".hardwire-"))
          .forEach(names::add);
      return names;
    }
  }

  /** Makes every call fail, or of a sample only the first write. */
  private void run(Command command, boolean isSample) throws IOException {
    commands.reset(command);
    Set<String> before = new TreeSet<>(commands.state());
    Outcome fine = traced(command, "-e", "trace=" + CALLS);
    fine.succeeds();
    Set<String> after = new TreeSet<>(commands.state());
    List<Call> all = new ArrayList<>(calls());
    assertThat(all).as(command.toString()).isNotEmpty();
    if (isSample) {
      all.removeIf(call -> !call.name().equals("pwrite64"));
      all = all.subList(0, 1);
    }
    for (int i = 0; i < all.size(); i++) {
      Call call = all.get(i);
      String error = ERRORS[i % ERRORS.length];
      commands.reset(command);
      Outcome outcome =
          traced(
              command,
              "-e",
              "trace=" + call.name(),
              "--inject=%s:error=%s:when=%d".formatted(call.name(), error, call.number()));
      if (!isInjected()) {
        continue;
      }
      tried++;
      String what = "%s, %s %s: %s".formatted(command, call, error, outcome);
      Set<String> now = new TreeSet<>(commands.state());
      assertThat(left()).as(what).isEmpty();
      if (outcome.status() == 0) {
        assertThat(command.isReproducible() ? now : after).as(what).isEqualTo(after);
        continue;
      }
      assertThat(outcome.status()).as(what).isEqualTo(6);
      assertThat(outcome.err()).as(what).doesNotContain("internal error", "null", "Exception");
      commands.assertWhole(command, outcome, before, after, what);
    }
  }

  @Test
  void aCallOfTheJvmFails() throws IOException {
    run(Command.PATCH, true);
    assertThat(tried).isOne();
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "LEARN") // strace cannot trace itself
  @Tag("long")
  @Timeout(20_000)
  void everyCallOfTheJvmFails(Command command) throws IOException {
    run(command, false);
    assertThat(tried).isPositive();
    System.out.printf("%s: %d faults%n", command, tried);
  }
}
