package dev.hardwire.stub;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.arch.Target;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.text.YamlPolicyReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The steps for {@code landlock:} on models of kernels, for every architecture. */
class LandlockStepsTest {
  private static final long READ = 0xc;
  private static final long FILE_READ = 0x4;
  private static final long WRITE_5 = 0xf7b2;
  private static final long FILE_WRITE_5 = 0xc002;
  private static final String FILES =
      "landlock: {KERNEL read: [/r, /rw, '?/no'], write: [/rw, /w], execute: [/x]}";
  private static final String PORTS = "landlock: {KERNEL connect: [443, 80], bind: [80]}";

  private static final Map<List<Object>, SetupProgram> PROGRAMS = new HashMap<>();

  private static SetupProgram program(Target machine, String section) {
    return PROGRAMS.computeIfAbsent(
        List.of(machine, section), key -> compiledProgram(machine, section));
  }

  private static SetupProgram compiledProgram(Target machine, String section) {
    String text = "version: 1\ndefault: allow\nrules: []\n" + section;
    Policy policy = YamlPolicyReader.read(text.getBytes(StandardCharsets.UTF_8), "p");
    SetupProgram program = SetupCompiler.compile(machine, policy);
    Bytes records = program.encodeRecords(machine.elfClass(), machine.order(), 64);
    SetupProgram decoded = SetupProgram.decode(machine.elfClass(), records, program.data(), 64, 0);
    assertThat(decoded).isEqualTo(program);
    return decoded;
  }

  private static LandlockKernel kernel(Target machine, String section, String demand, int abi) {
    String kernel = demand.isEmpty() ? "" : "kernel: " + demand + ", ";
    return new LandlockKernel(machine, program(machine, section.replace("KERNEL ", kernel)), abi)
        .without("/no")
        .withFile("/x");
  }

  @ParameterizedTest
  @EnumSource
  void everyPathGetsItsRights(Target machine) {
    for (int abi = 5; abi < 12; abi++) {
      LandlockKernel kernel = kernel(machine, FILES, "", abi);
      assertThat(kernel.run()).as(kernel.printed.toString()).isZero();
      assertThat(kernel.restricted).isTrue();
      assertThat(kernel.flags).isEqualTo(abi < 8 ? 0 : 8);
      assertThat(kernel.handledFiles).isEqualTo(0xffff);
      assertThat(kernel.handledPorts).isZero();
      assertThat(kernel.paths)
          .hasSize(4)
          .containsEntry("/r", READ)
          .containsEntry("/rw", READ | WRITE_5)
          .containsEntry("/w", WRITE_5)
          .containsEntry("/x", 1L);
      assertThat(kernel.left()).isEmpty();
      assertThat(kernel.printed).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource
  void aFileGetsTheRightsOfFiles(Target machine) {
    LandlockKernel kernel =
        kernel(machine, FILES, "", 7).withFile("/r").withFile("/rw").withFile("/w");
    assertThat(kernel.run()).isZero();
    assertThat(kernel.paths)
        .containsEntry("/r", FILE_READ)
        .containsEntry("/rw", FILE_READ | FILE_WRITE_5)
        .containsEntry("/w", FILE_WRITE_5);
  }

  @ParameterizedTest
  @EnumSource
  void everyVersionHandlesAllThatItHas(Target machine) {
    long[] handled = {0, 0x1fff, 0x3fff, 0x7fff, 0x7fff, 0xffff, 0xffff, 0xffff, 0xffff};
    for (int abi = 1; abi < handled.length; abi++) {
      LandlockKernel kernel = kernel(machine, FILES, "{at-least: 1}", abi);
      assertThat(kernel.run()).as(kernel.printed.toString()).isZero();
      assertThat(kernel.restricted).isTrue();
      assertThat(kernel.handledFiles).isEqualTo(handled[abi]);
      assertThat(kernel.paths).containsEntry("/w", WRITE_5 & handled[abi]);
      assertThat(kernel.printed).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource
  void portsNeedNoRulesForFiles(Target machine) {
    LandlockKernel kernel = kernel(machine, PORTS, "", 4);
    assertThat(kernel.run()).as(kernel.printed.toString()).isZero();
    assertThat(kernel.handledFiles).isEqualTo(1 << 13);
    assertThat(kernel.paths).containsExactly(Map.entry("/", 1L << 13));
    assertThat(kernel.handledPorts).isEqualTo(3);
    assertThat(kernel.ports).hasSize(2).containsEntry(80L, 3L).containsEntry(443L, 2L);
  }

  @Test
  void scopeIsSet() {
    LandlockKernel signal = kernel(Target.I386, "landlock: {scope: [signal]}", "", 6);
    assertThat(signal.run()).isZero();
    assertThat(signal.scoped).isEqualTo(2);
    String both = "landlock: {scope: [signal, abstract-unix-socket]}";
    LandlockKernel two = kernel(Target.S390X, both, "", 9);
    assertThat(two.run()).isZero();
    assertThat(two.scoped).isEqualTo(3);
  }

  @ParameterizedTest
  @EnumSource
  void pathsAreQuietFromVersion10On(Target machine) {
    String section =
        "landlock: {KERNEL read: [/r], connect: [80], connect-udp: [53], connect-unix: [/s],"
            + " other-sockets: allow, scope: [signal], quiet: [/q, '?/no', /x, /r]}";
    for (int abi = 1; abi < 12; abi++) {
      LandlockKernel kernel = kernel(machine, section, "{at-least: 1}", abi);
      assertThat(kernel.run()).as(kernel.printed.toString()).isZero();
      assertThat(kernel.restricted).isTrue();
      assertThat(kernel.left()).isEmpty();
      assertThat(kernel.scoped).isEqualTo(abi < 6 ? 0 : 2);
      assertThat(kernel.handledPorts).isEqualTo(abi < 4 ? 0 : abi < 10 ? 3 : 15);
      assertThat(kernel.ports).hasSize(abi < 4 ? 0 : abi < 10 ? 1 : 3);
      assertThat(kernel.paths).hasSize(abi < 9 ? 1 : 2).containsEntry("/r", READ);
      if (abi < 10) {
        assertThat(kernel.quiet).isEmpty();
      } else {
        assertThat(kernel.quiet).containsExactlyInAnyOrder("/q", "/x", "/r");
        assertThat(kernel.quietFiles).isEqualTo(kernel.handledFiles);
      }
    }
    LandlockKernel before = kernel(machine, section, "", 9);
    assertThat(before.run()).isEqualTo(126);
    assertThat(before.printed).contains("(the policy takes ABI 10 of Landlock)");
    LandlockKernel newest = kernel(machine, section, "", 10);
    assertThat(newest.run()).as(newest.printed.toString()).isZero();
    assertThat(newest.quiet).hasSize(3);
  }

  @ParameterizedTest
  @EnumSource
  void udpPortsAndUnixSocketsAreRestrictedFromTheirVersionsOn(Target machine) {
    String section =
        "landlock: {KERNEL connect: [443], connect-udp: [53, 443], connect-unix: [/x, '?/no', /r],"
            + " other-sockets: allow}";
    for (int abi = 4; abi < 12; abi++) {
      LandlockKernel kernel = kernel(machine, section, "{at-least: 4}", abi);
      assertThat(kernel.run()).as(kernel.printed.toString()).isZero();
      assertThat(kernel.restricted).isTrue();
      assertThat(kernel.handledPorts).isEqualTo(abi < 10 ? 3 : 15);
      assertThat(kernel.handledFiles).isEqualTo(abi < 9 ? 0x2000 : 0x12000);
      if (abi < 9) {
        assertThat(kernel.paths).containsExactly(Map.entry("/", 0x2000L));
      } else {
        assertThat(kernel.paths)
            .containsExactly(
                Map.entry("/", 0x2000L), Map.entry("/r", 0x10000L), Map.entry("/x", 0x10000L));
      }
      if (abi < 10) {
        assertThat(kernel.ports).containsExactly(Map.entry(443L, 2L));
      } else {
        // bind-udp is not given: a socket that sends may get any free port
        assertThat(kernel.ports)
            .containsExactly(Map.entry(0L, 4L), Map.entry(53L, 8L), Map.entry(443L, 10L));
      }
      assertThat(kernel.left()).isEmpty();
    }
    assertThat(kernel(machine, section, "", 9).run()).isEqualTo(126);
    assertThat(kernel(machine, section, "", 10).run()).isZero();
  }

  @Test
  void theLogOfDenialsIsChosenFromVersion7On() {
    for (String whose : List.of("none", "program", "all")) {
      String section = "landlock: {KERNEL read: [/r], log-denials: " + whose + "}";
      long log = whose.equals("none") ? 1 : whose.equals("all") ? 2 : 0;
      for (int abi = 5; abi < 10; abi++) {
        LandlockKernel kernel = kernel(Target.AARCH64, section, "{at-least: 5}", abi);
        assertThat(kernel.run()).isZero();
        assertThat(kernel.flags).isEqualTo((abi < 7 ? 0 : log) | (abi < 8 ? 0 : 8));
      }
      int oldest = log == 0 ? 5 : 7;
      assertThat(kernel(Target.AARCH64, section, "", oldest).run()).isZero();
      assertThat(kernel(Target.AARCH64, section, "", oldest - 1).run()).isEqualTo(126);
    }
  }

  /** A policy without the newer keys is the same on every newer kernel. */
  @Test
  void keysThatAreNotGivenCostNothing() {
    SetupProgram program = program(Target.X86_64, PORTS.replace("KERNEL ", ""));
    assertThat(SetupText.lines(Target.X86_64, program))
        .noneMatch(line -> line.contains("UDP") || line.contains("UNIX") || line.contains(", 8)"));
  }

  /** A policy, a demand, a kernel, and what happens: stopped, warned, or silent. */
  @Test
  void kernelsBelowTheDemandStopOrWarn() {
    List<String> seen = new ArrayList<>();
    for (String section : List.of(FILES, PORTS, "landlock: {KERNEL scope: [signal]}")) {
      for (String demand :
          List.of(
              "",
              "{at-least: 0}",
              "{at-least: 2}",
              "{at-least: 7}",
              "{at-least: 0, below: warn}",
              "{at-least: 2, below: warn}",
              "{at-least: 8, below: warn}")) {
        StringBuilder row = new StringBuilder();
        for (int abi = 0; abi < 10; abi++) {
          LandlockKernel kernel = kernel(Target.X86_64, section, demand, abi);
          int status = kernel.run();
          long lines = kernel.printed.toString().lines().count();
          assertThat(lines).isEqualTo(status == 126 || kernel.printed.length() > 0 ? 1 : 0);
          assertThat(kernel.restricted && status == 126).isFalse();
          assertThat(status == 0 && !kernel.restricted && lines == 0).as("silent").isFalse();
          row.append(status == 126 ? 's' : !kernel.restricted ? 'n' : lines == 1 ? 'w' : '.');
        }
        seen.add(row.toString());
      }
    }
    // s stopped, n runs without Landlock and says so, w less restricted and says so, . silent
    assertThat(seen)
        .containsExactly(
            "sssss.....",
            "nwwww.....",
            "ss........",
            "sssssss...",
            "nwwww.....",
            "nw........",
            "nwwwwwww..",
            "ssss......",
            "nnnn......",
            "ssnn......",
            "sssssss...",
            "nnnn......",
            "nnnn......",
            "nnnnwwww..",
            "ssssss....",
            "nnnnnn....",
            "ssnnnn....",
            "sssssss...",
            "nnnnnn....",
            "nnnnnn....",
            "nnnnnnww..");
  }

  /** A kernel that lacks the scope of signals counts as one before ABI 6, and does what it can. */
  @ParameterizedTest
  @EnumSource
  void aScopeThatIsPromisedAndMissingIsToldLikeAnOldKernel(Target machine) {
    String files = "landlock: {KERNEL read: [/r], scope: [signal]}";
    String both = "landlock: {KERNEL scope: [signal, abstract-unix-socket]}";
    String alone = "landlock: {KERNEL scope: [signal]}";
    String quiet = "landlock: {KERNEL read: [/r], scope: [signal], quiet: [/q]}";
    Map<String, String> demands = new HashMap<>();
    // s stopped, n runs without Landlock and says so, w less restricted and says so, . silent
    demands.put("", "ssss");
    demands.put("{at-least: 6}", "ssss");
    demands.put("{at-least: 5}", "..n.");
    demands.put("{at-least: 0}", "wwnw");
    demands.put("{at-least: 10, below: warn}", "wwnw");
    demands.forEach(
        (demand, expected) -> {
          StringBuilder seen = new StringBuilder();
          for (String section : List.of(files, both, alone, quiet)) {
            LandlockKernel kernel = kernel(machine, section, demand, 10).withoutSignals(0);
            int status = kernel.run();
            String printed = kernel.printed.toString();
            seen.append(
                status == 126 ? 's' : !kernel.restricted ? 'n' : printed.isEmpty() ? '.' : 'w');
            assertThat(printed.lines().count()).isEqualTo(printed.isEmpty() ? 0 : 1);
            if (kernel.restricted) {
              assertThat(kernel.scoped).isEqualTo(section.equals(both) ? 1 : 0);
              assertThat(kernel.left()).isEmpty();
            }
          }
          assertThat(seen.toString()).as(demand).isEqualTo(expected);
        });
  }

  @Test
  void anotherRightThatIsPromisedAndMissingStopsTheProgram() {
    for (String demand : List.of("", "{at-least: 0}", "{at-least: 3, below: warn}")) {
      LandlockKernel kernel =
          kernel(Target.X86_64, "landlock: {KERNEL read: [/r], scope: [signal]}", demand, 7)
              .withoutRights(1 << 15);
      assertThat(kernel.run()).isEqualTo(126);
      assertThat(kernel.printed).contains("landlock_create_ruleset failed").endsWith(" -22\n");
    }
  }

  @Test
  void theErratumIsNamed() {
    String section = "landlock: {KERNEL read: [/r], scope: [signal]}";
    String lacks = "hardwire: this kernel's Landlock refuses the scope of signals, which its ABI";
    for (int errata = 0; errata < 2; errata++) {
      LandlockKernel kernel = kernel(Target.X86_64, section, "", 6).withoutSignals(errata);
      assertThat(kernel.run()).isEqualTo(126);
      assertThat(kernel.printed)
          .hasToString(
              lacks
                  + " promises, so the program was not started; "
                  + (errata == 0
                      ? "it reports no erratum\n"
                      : "erratum 2 is bit 1 of its errata, which are 1\n"));
    }
    LandlockKernel warned =
        kernel(Target.X86_64, section, "{at-least: 6, below: warn}", 6).withoutSignals(1);
    assertThat(warned.run()).isZero();
    assertThat(warned.printed)
        .hasToString(
            lacks.replace("hardwire:", "hardwire: warning:")
                + " promises (erratum 2), so the program is less restricted\n");
  }

  @Test
  void withFewDescriptorsItStops() {
    for (String demand : List.of("", "{at-least: 0}", "{at-least: 3, below: warn}")) {
      for (int number = 0; number < 2; number++) {
        LandlockKernel kernel = kernel(Target.X86_64, FILES, demand, 7).withDescriptors(number);
        assertThat(kernel.run()).isEqualTo(126);
        assertThat(kernel.printed)
            .contains(number == 0 ? "landlock_create_ruleset failed" : "rule for /r failed")
            .endsWith("returned -24\n");
      }
      assertThat(kernel(Target.X86_64, FILES, demand, 7).withDescriptors(2).run()).isZero();
    }
  }

  @Test
  void aMissingPathIsNamed() {
    LandlockKernel kernel = kernel(Target.X86_64, FILES, "", 7).without("/rw");
    assertThat(kernel.run()).isEqualTo(126);
    assertThat(kernel.printed)
        .hasToString(
            "hardwire: the Landlock rule for /rw failed, so the program was not started;"
                + " the call returned -2\n");
  }

  @Test
  void aPathIsOptionalOnlyIfEveryListSaysSo() {
    String section = "landlock: {read: ['?/no'], execute: [/no]}";
    assertThat(kernel(Target.X86_64, section, "", 7).run()).isEqualTo(126);
    LandlockKernel both =
        kernel(Target.X86_64, "landlock: {read: ['?/no'], execute: ['?/no']}", "", 7);
    assertThat(both.run()).isZero();
    assertThat(both.paths).isEmpty();
    assertThat(both.restricted).isTrue();
  }

  /** What a filter outside can answer, and what may happen then: never that nothing is said. */
  @Test
  void aFilterOutsideNeverLeavesItUnconfinedInSilence() {
    for (String call :
        List.of(
            "landlock_create_ruleset",
            "landlock_add_rule",
            "landlock_restrict_self",
            "futex",
            "openat",
            "close")) {
      for (int answer : new int[] {-38, -95, -1, -7, 0, 1, 5, 7, 9}) {
        for (String demand : List.of("", "{at-least: 0}", "{at-least: 3, below: warn}")) {
          for (String section : List.of(FILES, PORTS)) {
            LandlockKernel kernel =
                kernel(Target.X86_64, section, demand, 7).answering(call, answer);
            int status = kernel.run();
            assertThat(status == 126 || kernel.restricted || !kernel.printed.isEmpty())
                .as("%s %d %s %s: %s", call, answer, demand, section, kernel.printed)
                .isTrue();
            if (demand.isEmpty() && status == 0) {
              assertThat(kernel.restricted).isTrue();
              assertThat(kernel.handledFiles).isEqualTo(section.equals(FILES) ? 0xffff : 0x2000);
            }
          }
        }
      }
    }
  }

  @Test
  void aFilterThatFakesLandlockIsNamed() {
    LandlockKernel kernel =
        kernel(Target.X86_64, FILES, "", 7).answering("landlock_restrict_self", 0);
    assertThat(kernel.run()).isEqualTo(126);
    assertThat(kernel.printed).contains("fakes Landlock");
  }

  /** More records than one can skip. */
  @ParameterizedTest
  @EnumSource
  void manyPathsAndPortsFit(Target machine) {
    StringBuilder section = new StringBuilder("landlock: {KERNEL read: [");
    for (int i = 0; i < 300; i++) {
      section.append(i == 0 ? "" : ", ").append("'?/p").append(i).append('\'');
    }
    section.append("], connect: [");
    for (int i = 0; i < 400; i++) {
      section.append(i == 0 ? "" : ", ").append(i);
    }
    section.append("]}");
    for (int abi : new int[] {0, 2, 3, 7, 8}) {
      LandlockKernel kernel = kernel(machine, section.toString(), "{at-least: 0}", abi);
      assertThat(kernel.run()).as(kernel.printed.toString()).isZero();
      assertThat(kernel.restricted).isEqualTo(abi > 0);
      assertThat(kernel.paths).hasSize(abi == 0 ? 0 : 300);
      assertThat(kernel.ports).hasSize(abi < 4 ? 0 : 400);
      assertThat(kernel.made).endsWith("seccomp", "seccomp");
    }
  }

  @Test
  void aPathTakesAtMost400BytesOfRecords() {
    for (Target machine : Target.values()) {
      int one = program(machine, "landlock: {read: [/a], write: [/a]}").steps().size();
      int two = program(machine, "landlock: {read: [/a, /b], write: [/a, /b]}").steps().size();
      long size = (two - one) * (16L + 6L * machine.elfClass().wordSize());
      assertThat(size).isLessThanOrEqualTo(400);
    }
  }
}
