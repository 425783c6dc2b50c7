package dev.hardwire.live.phases;

import static dev.hardwire.testing.SameBytes.sameBytesAs;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Fixtures;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Policies with phases, and a program that calls the functions at which they begin. */
final class Phased {
  /** The program as the linkers and options make it that have PLT entries of different kinds. */
  static final List<String> KINDS =
      List.of(
          "pie", "nonpie", "now", "ibt", "ibt-now", "gold", "gold-nonpie", "lld", "mold", "musl");

  private final Path folder;
  private int count;

  Phased(Path folder) {
    this.folder = folder;
  }

  static Path program(String kind) {
    return Fixtures.tool("phase-" + kind);
  }

  /** A policy that allows every call from the start, and some less from a moment on. */
  Path policy(String at, String rules) throws IOException {
    return write(
        """
        version: 1
        default: allow
        rules: [errno ENOSYS: [getcpu]]
        phases:
          - {name: later, at: %s, default: allow, rules: [%s]}
        """
            .formatted(at, rules));
  }

  /** The policy of most tests: no uname from the first call of a function on. */
  Path withoutUnameFrom(String function) throws IOException {
    return policy("{first-call-of: " + function + "}", "errno EPERM: [uname]");
  }

  Path write(String policy) throws IOException {
    return Files.writeString(folder.resolve("policy" + ++count + ".yaml"), policy);
  }

  /** A patched copy, which verifies and can be restored. */
  Path patched(Path policy, Path program, String... options) throws IOException {
    Path out = folder.resolve(program.getFileName() + "-" + ++count);
    Outcome outcome = Cli.ok("patch", "--policy", policy, List.of(options), "-o", out, program);
    assertThat(outcome.err().lines()).allMatch(Programs::isWarning);
    boolean isStatic = !ElfFile.parse(Bytes.wrap(Files.readAllBytes(program))).hasInterpreter();
    Cli.ok(
        "verify",
        isStatic ? List.of("--assume-start-code") : List.of(),
        "--original",
        program,
        "--require-policy-at-least",
        policy,
        out);
    Path restored = folder.resolve("restored" + count);
    Cli.ok("restore", "-o", restored, out);
    assertThat(restored).has(sameBytesAs(program));
    return out;
  }

  /** The lines that a program prints for steps. */
  static List<String> run(Path program, String... steps) {
    List<Object> command = new ArrayList<>(List.of(program));
    command.addAll(List.of(steps));
    return Programs.run(command.toArray()).succeeds().isQuiet().out().lines().toList();
  }
}
