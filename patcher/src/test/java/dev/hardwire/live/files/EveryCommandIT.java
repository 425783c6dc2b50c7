package dev.hardwire.live.files;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.cli.HardwireCommand;
import dev.hardwire.testing.Cli;
import dev.hardwire.testing.CommandLoop;
import dev.hardwire.testing.OpensslKey;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every command works on programs that are too large to be read into memory: with much data in
 * front of the tables of the file, and more behind its end.
 */
@Tag("system")
class EveryCommandIT {
  private static final String SOURCE =
      """
      #include <errno.h>
      #include <stdio.h>
      #include <string.h>
      #include <sys/utsname.h>
      extern char pad[];
      __asm__(".data\\n.globl pad\\npad: .byte 1\\n.zero %d\\n.text");
      __attribute__((noinline)) static int forbidden(void) {
        struct utsname name;
        return uname(&name);
      }
      int main(void) {
        int status = forbidden();
        printf("uname %%s, pad %%d\\n", status == 0 ? "works" : strerror(errno), pad[0]);
        return 0;
      }
      """;

  private static final String WORKS = "uname works, pad 1\n";
  private static final String DENIED = "uname Permission denied, pad 1\n";

  /** Commands that are tested here, and those that take no program. */
  private static final Set<String> TESTED =
      Set.of(
          "patch",
          "apply",
          "inspect",
          "verify",
          "report",
          "restore",
          "learn",
          "derive",
          "run",
          "why",
          "library",
          "launcher",
          "sign",
          "harden",
          "policy",
          "disasm",
          "emulate");

  private static final Set<String> WITHOUT_PROGRAM = Set.of("help", "keep");

  @TempDir private Path folder;

  private Path makeProgram(int megabytes) throws IOException {
    Path source = folder.resolve("large.c");
    Path program = folder.resolve("large");
    int half = (megabytes / 2) << 20;
    Files.writeString(source, SOURCE.formatted(half));
    Programs.output("gcc", "-O1", "-o", program, source);
    try (RandomAccessFile file = new RandomAccessFile(program.toFile(), "rw")) {
      file.setLength((long) megabytes << 20);
      file.seek(file.length() - 1);
      file.write('x');
    }
    return program;
  }

  @Test
  void everyCommandIsTested() {
    Set<String> all = new TreeSet<>(HardwireCommand.commandLine().getSubcommands().keySet());
    all.removeAll(WITHOUT_PROGRAM);
    assertThat(TESTED).containsAll(all);
  }

  @Test
  @Tag("long")
  void nineMegabytes() throws IOException {
    works(makeProgram(9), true);
  }

  @Test
  void eighteenMegabytes() throws IOException {
    works(makeProgram(18), false); // its data alone are above the limit
  }

  @Test
  @Tag("long")
  void hundredMegabytes() throws IOException {
    works(makeProgram(100), true);
  }

  @Test
  @Tag("long")
  void nineHundredMegabytes() throws IOException {
    works(makeProgram(900), true);
  }

  /**
   * Runs all commands.
   *
   * @param derives whether learn looks at the code, too; it always does as a part of harden
   */
  private void works(Path program, boolean derives) throws IOException {
    try (CommandLoop beside = new CommandLoop()) {
      runsAndExplains(program, beside);
      learns(program, derives, beside);
    }
    Path wired = folder.resolve("wired");
    Cli.ok("patch", "--deny", "uname", "--default-action", "errno:EACCES", "-o", wired, program);
    assertThat(Programs.output(wired)).isEqualTo(DENIED);
    reads(program, wired);
    signs(wired);
    Path restored = folder.resolve("restored");
    Cli.ok("restore", "-o", restored, wired);
    assertThat(Files.mismatch(restored, program)).isEqualTo(-1);
    appliesToATree(program);
    confinesOthers(program);
  }

  private void runsAndExplains(Path program, CommandLoop beside) {
    Object[] denied = {"--deny", "uname", "--default-action", "errno:EACCES", "--", program};
    assertThat(Cli.script().call("run", Programs.strings(denied)))
        .isEqualTo(new Outcome(0, DENIED, ""));
    Outcome why = beside.run("why", "--deny", "uname", "--", program);
    assertThat(why.status()).isEqualTo(Programs.KILLED_BY_SIGSYS);
    assertThat(why.err())
        .contains("denied by --deny, item 1: kill-process: [uname]")
        .containsPattern("  from +forbidden\\+0x[0-9a-f]+ in " + program)
        .containsPattern("  from +main\\+0x[0-9a-f]+ in " + program);
    Outcome log = Cli.run("why", "--deny", "uname", "--log", record(program), program);
    assertThat(log.out()).as(log.err()).contains("call      uname", "kill-process: [uname]");
  }

  private Path record(Path program) {
    try {
      return Files.writeString(
          folder.resolve("kernel.log"),
          ("audit: type=1326 audit(1795569800.014:3308): pid=7 comm=\"large\" exe=\"%s\" sig=31"
                  + " arch=c000003e syscall=63 compat=0 ip=0x7f0000000000 code=0x80000000\n")
              .formatted(program));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private void learns(Path program, boolean derives, CommandLoop beside) {
    Path policy = folder.resolve("learned.yaml");
    List<String> code = derives ? List.of() : List.of("--no-derive");
    Outcome learned = beside.run("learn", "--exec", code, "-o", policy, "--", program);
    learned.succeeds();
    assertThat(learned.out()).isEqualTo(WORKS);
    Path made = folder.resolve("made");
    Cli.run("harden", "--output-dir", made, program, "--").succeeds();
    assertThat(Programs.output(made.resolve(program.getFileName()))).isEqualTo(WORKS);
    Path derived = folder.resolve("derived.yaml");
    Cli.ok("derive", "-o", derived, program);
    Cli.ok("policy", "check", policy);
    for (Path each : new Path[] {policy, derived}) {
      Path wired = folder.resolve("with-policy");
      Cli.ok("patch", "--policy", each, "-o", wired, program);
      assertThat(Programs.output(wired)).isEqualTo(WORKS);
      Outcome again = beside.run("learn", "--exec", "--no-derive", "-o", policy, "--", wired);
      assertThat(again.succeeds().out()).isEqualTo(WORKS);
    }
  }

  private void reads(Path program, Path wired) {
    assertThat(Cli.ok("inspect", wired).out()).contains("[uname]");
    assertThat(Cli.ok("verify", "--original", program, wired).out()).endsWith("  verified\n");
    assertThat(Cli.ok("report", folder).out()).contains("wired");
    assertThat(Cli.ok("disasm", wired).out()).contains("uname");
    assertThat(Cli.ok("emulate", "--filter", wired, "uname(0)").out()).contains("EACCES");
  }

  private void signs(Path wired) {
    Path key = folder.resolve("key");
    Path certificate = folder.resolve("certificate");
    OpensslKey.make(key, certificate, "Vendor");
    Path signed = folder.resolve("signed");
    Cli.ok("sign", "--key", key, "--cert", certificate, "-o", signed, wired);
    assertThat(Programs.output(signed)).isEqualTo(DENIED);
    assertThat(Cli.ok("verify", "--trust", certificate, signed).out()).endsWith("  verified\n");
  }

  private void appliesToATree(Path program) throws IOException {
    Path tree = Files.createDirectory(folder.resolve("tree"));
    Files.createLink(tree.resolve("large"), program);
    Path manifest =
        Files.writeString(
            folder.resolve("manifest.yaml"),
            "version: 1\nroot: tree\nfiles:\n  - match: large\n    policy: deny.yaml\n");
    Files.writeString(
        folder.resolve("deny.yaml"),
        "version: 1\ndefault: allow\nrules:\n  - errno EACCES: [uname]\n");
    Cli.ok("apply", "--output-dir", folder.resolve("applied"), manifest);
    assertThat(Programs.output(folder.resolve("applied/large"))).isEqualTo(DENIED);
  }

  private void confinesOthers(Path program) {
    Path library = folder.resolve("library.so");
    Cli.ok("library", "-o", library);
    Map<String, String> variables =
        Map.of("SECCOMP_SYSCALL_DENY", "uname", "SECCOMP_DEFAULT_ACTION", "errno:EACCES");
    Path launcher = folder.resolve("launcher");
    Cli.ok("launcher", "-o", launcher);
    assertThat(Programs.run(variables, launcher, program).out()).isEqualTo(DENIED);
    Map<String, String> loaded = new HashMap<>(variables);
    loaded.put("LD_PRELOAD", library.toString());
    assertThat(Programs.run(loaded, program).out()).isEqualTo(DENIED);
  }
}
