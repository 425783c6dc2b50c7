package dev.hardwire.live.guests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Phases on real kernels of other architectures and releases. */
class PhaseGuestTest {
  private static final String POLICY =
      """
      version: 1
      default: allow
      rules: []
      phases:
        - name: later
          at: %s
          default: allow
          rules: [errno EPERM: [uname, olduname, oldolduname]]
      """;
  private static final String FIRST_CALL = "{first-call-of: epoll_wait}";

  @TempDir private Path folder;

  @ParameterizedTest
  @EnumSource(names = {"LINUX_5_10", "AARCH64"})
  void usual(Guest guest) throws IOException {
    check(guest);
  }

  @ParameterizedTest
  @EnumSource(names = {"NEWEST", "RISCV64", "PPC64EL", "S390X", "LOONG64"})
  @Tag("long")
  void others(Guest guest) throws IOException {
    check(guest);
  }

  private void check(Guest guest) throws IOException {
    GuestFolder.get(guest);
    GuestFolder shared = new GuestFolder(guest, folder);
    for (String architecture : guest.architectures()) {
      patch(shared, architecture, "main");
      if (architecture.equals("amd64")) {
        patch(shared, architecture, FIRST_CALL);
      }
    }
    shared.boot();
    for (String architecture : guest.architectures()) {
      assertThat(lines(shared, name(architecture, "main")))
          .as(architecture)
          .containsExactly("uname: -1", "trigger: 0", "uname: -1", "filters: 2");
      if (architecture.equals("amd64")) {
        assertThat(lines(shared, name(architecture, FIRST_CALL)))
            .containsExactly("uname: 0", "trigger: 0", "uname: -1", "filters: 2");
      }
    }
  }

  private static String name(String architecture, String at) {
    return architecture + "-" + at.replaceAll("[^a-z]", "");
  }

  private static void patch(GuestFolder guest, String architecture, String at) throws IOException {
    String name = name(architecture, at);
    Path policy = Files.writeString(guest.file(name + ".yaml"), POLICY.formatted(at));
    Path program = GuestFolder.directory().resolve("built").resolve(architecture).resolve("phase");
    Path patched = guest.file(name);
    guest.hardwire("patch", "--policy", policy, "-o", patched, program).succeeds();
    guest.hardwire("verify", patched).succeeds();
    guest.run(name, List.of("/t/" + name), List.of("uname", "trigger", "uname", "filters"));
  }

  private static List<String> lines(GuestFolder guest, String name) {
    return guest.outcome(name).succeeds().isQuiet().out().lines().toList();
  }
}
