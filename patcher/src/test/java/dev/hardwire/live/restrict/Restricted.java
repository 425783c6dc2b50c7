package dev.hardwire.live.restrict;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Fixtures;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Policies with restrictions, and programs that try what these refuse. */
final class Restricted {
  static final Path TRY = Fixtures.tool("try-access");
  static final Path TRY_I386 = Fixtures.tool("try-access-i386");
  static final Path DENY_CALL = Fixtures.tool("deny-call");

  /** What was patched before, by program and sections. */
  private static final Map<List<Object>, Path> PATCHED = new HashMap<>();

  private final Path folder;
  private int count;

  Restricted(Path folder) {
    this.folder = folder;
  }

  /** A file with a policy that allows every call that the sections do not refuse. */
  Path policy(String... sections) throws IOException {
    String text = "version: 1\ndefault: allow\nrules: []\n" + String.join("\n", sections) + "\n";
    return Files.writeString(folder.resolve("policy" + ++count + ".yaml"), text);
  }

  /** A patched copy of a program, the same for the same sections. */
  Path patched(Path program, String... sections) throws IOException {
    List<Object> key = List.of(program, List.of(sections));
    Path known = PATCHED.get(key);
    if (known != null) {
      return known;
    }
    Path own = Files.createTempDirectory("restricted");
    Files.setPosixFilePermissions(own, PosixFilePermissions.fromString("rwxr-xr-x"));
    Path out = own.resolve(program.getFileName());
    Outcome outcome = Cli.ok("patch", "--policy", policy(sections), "-o", out, program);
    assertThat(outcome.err().lines()).allMatch(Programs::isWarning);
    own.toFile().deleteOnExit();
    out.toFile().deleteOnExit();
    PATCHED.put(key, out);
    return out;
  }

  /** The results of attempts, in their order. */
  static Map<String, String> results(Outcome outcome) {
    Map<String, String> results = new LinkedHashMap<>();
    outcome
        .succeeds()
        .isQuiet()
        .out()
        .lines()
        .forEach(
            line -> {
              int colon = line.lastIndexOf(": ");
              results.put(line.substring(0, colon), line.substring(colon + 2).strip());
            });
    return results;
  }

  static Map<String, String> results(Path program, Object... attempts) {
    List<Object> command = new ArrayList<>(List.of(program));
    command.addAll(List.of(attempts));
    return results(Programs.run(command.toArray()));
  }

  /** The version of Landlock's ABI that this kernel has, 0 without Landlock. */
  static int abi() {
    return Math.max(0, Integer.parseInt(results(TRY, "abi").get("abi")));
  }
}
