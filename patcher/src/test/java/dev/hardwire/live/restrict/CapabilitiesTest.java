package dev.hardwire.live.restrict;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Capabilities of programs that root starts, and of those that others start. */
class CapabilitiesTest {
  private static final List<String> NOBODY =
      List.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups");

  @TempDir private Path folder;
  private Restricted restricted;

  @BeforeEach
  void openForEveryone() throws IOException {
    restricted = new Restricted(folder);
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private Path patched(Path program, String section) throws IOException {
    Path out = restricted.patched(program, "capabilities: {" + section + "}");
    Files.setPosixFilePermissions(out, PosixFilePermissions.fromString("rwxr-xr-x"));
    return out;
  }

  private static String sets(List<String> before, Object... command) {
    List<Object> words = new ArrayList<>(before);
    words.addAll(List.of(command));
    return Programs.run(words.toArray()).succeeds().isQuiet().out();
  }

  private static String sets(List<String> before, Path program) {
    return sets(before, program, "capabilities").substring("capabilities: ".length()).strip();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          keep: []                                       | 0         | 0
          keep: [net_bind_service]                       | 400       | 0
          keep: [chown, setgid, setuid, sys_chroot]      | 400c1     | 0
          keep: [mac_override, syslog, bpf]              | 8500000000 | 0
          keep: [kill], securebits: [noroot]             | 20        | 3
          keep: [], securebits: [no-cap-ambient-raise]   | 0         | c0
          """)
  void rootKeepsWhatIsListedInEverySet(String section, String kept, String bits)
      throws IOException {
    for (Path program : List.of(Restricted.TRY, Restricted.TRY_I386)) {
      assertThat(sets(List.of(), patched(program, section)))
          .isEqualTo("Inh=0 Prm=%1$s Eff=%1$s Bnd=%1$s Amb=0 bits=%2$s".formatted(kept, bits));
    }
  }

  /** Nothing is made of capabilities that it does not have: the sets are cut, not set. */
  @Test
  void keptCapabilitiesStayInTheSetsInWhichTheyWere() throws IOException {
    Path program = patched(Restricted.TRY, "keep: [chown, kill, net_raw]");
    String all = sets(List.of(), Restricted.TRY);
    String bounding = all.substring(all.indexOf("Bnd="), all.indexOf(" Amb"));
    assertThat(sets(NOBODY, program)).isEqualTo("Inh=0 Prm=0 Eff=0 " + bounding + " Amb=0 bits=0");
    List<String> ambient = new ArrayList<>(NOBODY);
    ambient.add("--inh-caps=+kill,+net_bind_service");
    ambient.add("--ambient-caps=+kill,+net_bind_service");
    assertThat(sets(ambient, Restricted.TRY))
        .isEqualTo("Inh=420 Prm=420 Eff=420 " + bounding + " Amb=420 bits=0");
    // without CAP_SETPCAP the bounding set stays
    assertThat(sets(ambient, program))
        .isEqualTo("Inh=20 Prm=20 Eff=20 " + bounding + " Amb=20 bits=0");
    assertThat(sets(List.of("setpriv", "--bounding-set=-all,+kill,+setpcap"), program))
        .isEqualTo("Inh=0 Prm=20 Eff=20 Bnd=20 Amb=0 bits=0");
  }

  /** A file that is executed gives no more, even if root or the file's owner would get all. */
  @Test
  void executedProgramsGetNoMore() throws IOException {
    Path env = patched(Path.of("/usr/bin/env"), "keep: [kill]");
    assertThat(sets(List.of(), env, Restricted.TRY, "capabilities"))
        .contains("Inh=0 Prm=20 Eff=20 Bnd=20 Amb=0");
    Path none = patched(Path.of("/usr/bin/env"), "keep: [kill], securebits: [noroot]");
    assertThat(sets(List.of(), none, Restricted.TRY, "capabilities"))
        .contains("Inh=0 Prm=0 Eff=0 Bnd=20 Amb=0 bits=3");
    // a confined program that a confined one starts: nothing is left to be given up
    Path again = patched(Restricted.TRY, "keep: [kill], securebits: [noroot]");
    assertThat(sets(List.of(), none, again, "capabilities")).contains("Prm=0");
    assertThat(sets(List.of(), env, patched(Restricted.TRY, "keep: [kill]"), "capabilities"))
        .contains("Inh=0 Prm=20 Eff=20 Bnd=20 Amb=0");
    Path setuid = folder.resolve("setuid");
    Files.copy(Restricted.TRY, setuid);
    Files.setPosixFilePermissions(setuid, PosixFilePermissions.fromString("rwxr-xr-x"));
    Programs.run("chmod", "4755", setuid).succeeds();
    assertThat(sets(NOBODY, setuid)).contains("Prm=1ff");
    assertThat(sets(NOBODY, env, setuid, "capabilities")).contains("Prm=0 Eff=0");
  }

  @Test
  void whatIsGivenUpIsRefused() throws IOException {
    Path program = patched(Path.of("/usr/bin/chown"), "keep: [kill]");
    Path file = Files.createFile(folder.resolve("file"));
    Outcome outcome = Programs.run(program, "65534", file);
    assertThat(outcome.status()).isEqualTo(1);
    assertThat(outcome.err()).contains("Operation not permitted");
  }

  @Test
  void securebitsTakeSetpcap() throws IOException {
    Path program = patched(Restricted.TRY, "keep: [kill], securebits: [noroot]");
    Programs.run("setpriv", "--bounding-set=-setpcap", program, "capabilities")
        .fails(
            126,
            "hardwire: securebits failed, so the program was not started; the call returned -1\n");
    // they are locked already, so that nothing has to be set
    assertThat(
            sets(
                List.of(
                    "setpriv",
                    "--securebits=+noroot,+noroot_locked",
                    "--inh-caps=+kill",
                    "--ambient-caps=+kill"),
                program))
        .contains("Prm=20 Eff=20", "Amb=20 bits=3");
  }

  @ParameterizedTest
  @CsvSource({"capget, capabilities", "capset, capabilities", "futex, capabilities"})
  void aFailureIsNamed(String call, String what) throws IOException {
    Programs.run(
            Restricted.DENY_CALL,
            call,
            "EPERM",
            "--",
            patched(Restricted.TRY, "keep: [kill]"),
            "capabilities")
        .fails(
            126,
            "hardwire: "
                + what
                + " failed, so the program was not started; the call returned -1\n");
  }

  @ParameterizedTest
  @CsvSource({"capget", "capset", "prctl:24", "prctl:28", "futex"})
  void aFakedSuccessIsFoundOut(String call) throws IOException {
    Programs.run(
            Restricted.DENY_CALL,
            call,
            "0",
            "--",
            patched(Restricted.TRY, "keep: [kill], securebits: [noroot]"),
            "capabilities")
        .fails(
            126,
            "hardwire: a filter outside this program fakes "
                + call.replaceAll(":.*", "")
                + ", so the program was not started\n");
  }

  @Test
  void theFilterMayDenyTheCallsOfTheSetup() throws IOException {
    Path policy =
        Files.writeString(
            folder.resolve("deny.yaml"),
            """
            version: 1
            default: allow
            rules:
              - kill-process: [prctl, capset, capget, futex]
            capabilities: {keep: [], securebits: [noroot]}
            """);
    Path out = folder.resolve("denied");
    Cli.ok("patch", "--policy", policy, "-o", out, Restricted.TRY_I386);
    Programs.run(out, "descriptors").succeeds();
  }

  @Test
  void inspectShowsTheStepsAndVerifyProvesThem() throws IOException {
    Path program = patched(Restricted.TRY, "keep: [chown, sys_chroot], securebits: [noroot]");
    String shown = Cli.ok("inspect", program).out();
    assertThat(shown)
        .contains(
            "prctl(PR_CAPBSET_DROP, CAP_DAC_OVERRIDE)",
            "prctl(PR_SET_SECUREBITS, scratch[0x28])",
            "0, &scratch[0x14], &= ~0x7fe",
            "&= ~(1 << 11)",
            "0, &scratch[0x28], |= 0x3",
            "capset(data+")
        .doesNotContain("CAP_CHOWN", "CAP_SYS_CHROOT", "syscall_");
    assertThat(Cli.ok("verify", program).out()).contains("capabilities");
  }
}
