package dev.hardwire.live.guests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.KernelFeature;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
  private static final String RESTRICTED =
      POLICY.formatted(FIRST_CALL) + "    landlock: {read: [%s, /proc], execute: [%1$s]}\n";
  private static final List<String> STEPS = List.of("uname", "trigger", "uname", "filters");
  private static final int MOST_LAYERS = 16;

  @TempDir private Path folder;

  @ParameterizedTest
  @EnumSource(
      names = {
        "UML_5_10",
        "AARCH64",
        "LINUX_5_10",
        "NEWEST",
        "RISCV64",
        "PPC64EL",
        "S390X",
        "LOONG64"
      })
  @Tag("long")
  void guests(Guest guest) throws IOException {
    check(guest);
  }

  private void check(Guest guest) throws IOException {
    GuestFolder.get(guest);
    GuestFolder shared = new GuestFolder(guest, folder);
    for (String architecture : guest.architectures()) {
      String main = name(architecture, "main");
      patch(shared, architecture, main, POLICY.formatted("main"));
      shared.run(main, List.of("/t/" + main), STEPS);
      if (architecture.equals("amd64")) {
        String first = name(architecture, FIRST_CALL);
        patch(shared, architecture, first, POLICY.formatted(FIRST_CALL));
        shared.run(first, List.of("/t/" + first), STEPS);
        patch(shared, architecture, "restricted", RESTRICTED.formatted("/t"));
        attempts().forEach((name, steps) -> shared.run(name, List.of("/t/restricted"), steps));
        patch(shared, architecture, "again", RESTRICTED.formatted("/"));
        rows().forEach((name, steps) -> shared.run(name, List.of("/t/again"), steps));
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
        restricted(shared);
      }
    }
  }

  /** Runs of a program that restricts files from its first call of epoll_wait on. */
  private static Map<String, List<String>> attempts() {
    Map<String, List<String>> all = new LinkedHashMap<>();
    List<String> open = List.of("open:/t/data", "open:/init");
    List<String> steps = new ArrayList<>(List.of("worker"));
    steps.addAll(open);
    steps.add("trigger");
    steps.addAll(open);
    all.put("threads", steps);
    all.put("race", List.of("race:20"));
    all.put("handler", List.of("signal", "filters", "open:/init"));
    all.put("child", List.of("fork", "open:/init", "trigger", "open:/init"));
    return all;
  }

  /** Runs of a program that executes itself, as often as it can and once more. */
  private static Map<String, List<String>> rows() {
    List<String> layers = new ArrayList<>(List.of("trigger"));
    for (int layer = 1; layer < MOST_LAYERS; layer++) {
      layers.addAll(List.of("exec", "/t/again", "trigger"));
    }
    List<String> more = new ArrayList<>(layers);
    more.addAll(List.of("exec", "/t/again", "trigger", "uname"));
    return Map.of("layers", layers, "more", more);
  }

  private static void restricted(GuestFolder guest) throws IOException {
    if (!guest.offers(KernelFeature.ALL_THREADS)) {
      for (String name : List.of("threads", "race", "handler", "child", "layers", "more")) {
        guest.outcome(name).fails(126, "which the phase \"later\" takes, so the program was not");
      }
      return;
    }
    assertThat(lines(guest, "threads"))
        .containsExactly("open: 0 0", "open: 0 0", "trigger: 0", "open: 0 0", "open: 13 13");
    assertThat(lines(guest, "race")).containsExactly("race: 2 to 2");
    assertThat(lines(guest, "handler")).containsExactly("filters: 2", "open: 13");
    assertThat(lines(guest, "child"))
        .containsExactly("child: 2", "parent: 1", "open: 0", "trigger: 0", "open: 13");
    assertThat(lines(guest, "layers")).hasSize(MOST_LAYERS).containsOnly("trigger: 0");
    guest
        .outcome("more")
        .fails(
            126,
            "hardwire: landlock_restrict_self failed, so the phase \"later\" could not begin, and"
                + " the program is ended; the call returned -7");
  }

  private static String name(String architecture, String at) {
    return architecture + "-" + at.replaceAll("[^a-z]", "");
  }

  private static void patch(GuestFolder guest, String architecture, String name, String text)
      throws IOException {
    Path policy = Files.writeString(guest.file(name + ".yaml"), text);
    Path program = GuestFolder.directory().resolve("built").resolve(architecture).resolve("phase");
    Path patched = guest.file(name);
    guest.hardwire("patch", "--policy", policy, "-o", patched, program).succeeds();
    guest.hardwire("verify", patched).succeeds();
  }

  private static List<String> lines(GuestFolder guest, String name) {
    return guest.outcome(name).succeeds().isQuiet().out().lines().toList();
  }
}
