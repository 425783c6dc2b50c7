package dev.hardwire.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.arch.Target;
import dev.hardwire.calls.SyscallTable;
import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PolicyCommandsTest {
  private static final String POLICY =
      """
      version: 1
      default: kill-process
      rules:
        - allow: [read, write, exit_group]
        - errno EACCES: [socket]
          when: domain == AF_VSOCK || type == SOCK_RAW
        - allow: [socket]
      """;

  @TempDir Path folder;
  private Path policy;

  @BeforeEach
  void writePolicy() throws IOException {
    policy = write("p.yaml", POLICY);
  }

  private Path write(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }

  @Test
  void checkSaysWhatIsThere() {
    assertThat(Cli.run("policy", "check", "--strict", policy))
        .isEqualTo(
            new Outcome(
                0, policy + ": valid; 4 calls named, default kill-process, 13 instructions\n", ""));
  }

  @Test
  void checkWarnsAndStrictlyRefuses() throws IOException {
    Path bad = write("bad.yaml", POLICY + "  - log: [socket]\n    when: domain == 1\n");
    Outcome lenient = Cli.run("policy", "check", bad);
    assertThat(lenient.status()).isZero();
    assertThat(lenient.out())
        .startsWith(
            "warning: "
                + bad
                + ":8:11: this rule can never match socket: the rule at "
                + bad
                + ":7:5");
    Outcome strict = Cli.run("policy", "check", "--strict", bad);
    assertThat(strict.status()).isEqualTo(4);
    assertThat(strict.err()).startsWith("hardwire: " + bad + ":8:11: this rule can never match");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "- allow: [exit_group, read, read_]             | 4:31: unknown system call",
        "- allow: [exit_group, cacheflush]              | 4:25: \"cacheflush\" is not a call of",
        "- {allow: [exit_group], when: error_code == 0x100000000} | 4:47: 0x100000000 does not fit",
        "- {allow: [exit_group], when: error_code < 5 && error_code > 5} | 4:33: the condition"
            + " never",
        "- allow: ['~exit_group', '@process']           | 2:10: exit_group is not allowed",
        "- allow: [exit_group, rt_sigaction]            | 2:10: rt_sigreturn is not allowed",
      })
  void strictlyEachOfTheseIsAnError(String rule, String expected) throws IOException {
    String text = "version: 1\ndefault: kill-process\nrules:\n  " + rule + "\n";
    Path file = write("strict.yaml", text);
    Outcome strict = Cli.run("policy", "check", "--strict", file);
    assertThat(strict.err()).startsWith("hardwire: " + file + ":" + expected);
    assertThat(strict.status()).isEqualTo(4);
    assertThat(strict.out()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '#',
      value = {
        "- allow: [\"@sync\"];- log: [\"@sync\"] # 6:5: this rule can never match: earlier rules",
        "- allow: [read];  when: fd == 1 && fd == 2 # 6:11: the condition never holds for read",
        "- allow: [read];  when: fd < 5 || fd >= 5 # 6:11: the condition always holds for read",
        "- allow: [read];  when: fd == 0x100000001 # 6:17: 0x100000001 does not fit",
        "- allow: [chmod];  when: mode & 0x10000 # 6:18: 0x10000 has bits that mode does not have",
        "- allow: [socket];  when: u64(domain) == 1 # 6:15: the kernel uses 32 bits of domain",
        "- allow: [lseek];  when: u32(offset) == 5 # 6:15: u32 compares 32 of the 64 bits",
        "- allow: [read];  when: arg4 == 5 # 6:11: read has only 3 arguments",
        "- allow: [prctl];  when: arg2 == 5 # 6:11: arg2 counts from 0",
        "- allow: [mmap];  when: (flags & PROT_EXEC) == 0 # 6:20: PROT_EXEC is no constant of"
            + " flags",
        "- allow: [cacheflush] # 5:13: \"cacheflush\" is not a call of x86_64; it is ignored",
        "- allow: [rt_sigaction] # 2:10: rt_sigreturn is not allowed"
      })
  void strictMakesEveryKindOfWarningAnError(String rule, String message) throws IOException {
    String text =
        "version: 1\ndefault: trap\nrules:\n  - allow: [exit_group]\n  "
            + rule.replace(";", "\n  ")
            + "\n";
    Path file = write("w.yaml", text);
    Outcome strict = Cli.run("policy", "check", "--strict", file);
    assertThat(strict.status()).isEqualTo(4);
    assertThat(strict.out()).isEmpty();
    assertThat(strict.err()).contains("hardwire: " + file + ":" + message);
    Outcome lenient = Cli.run("policy", "check", file);
    assertThat(lenient.status()).isZero();
    assertThat(lenient.out()).contains("warning: " + file + ":" + message);
  }

  @Test
  void errorsAreInvalidPolicies() throws IOException {
    Outcome unknown = Cli.run("policy", "check", write("u.yaml", POLICY.replace("read", "raed")));
    assertThat(unknown.status()).isEqualTo(4);
    assertThat(unknown.err()).contains("u.yaml:4:13: unknown system call \"raed\"");
    assertThat(Cli.run("policy", "check", folder.resolve("missing")).status()).isEqualTo(6);
    assertThat(Cli.run("policy").status()).isEqualTo(2);
    assertThat(Cli.run("policy", "check", "--from", "nothing", policy).status()).isEqualTo(2);
    assertThat(Cli.run("policy", "check", "--kernel", "x", policy).status()).isEqualTo(2);
  }

  @Test
  void convertWritesOtherFormats() throws IOException {
    Path simple = write("s.yaml", POLICY.replace(" || type == SOCK_RAW", ""));
    assertThat(Cli.run("policy", "convert", "--to", "yaml", simple).out())
        .isEqualTo(Cli.run("policy", "convert", simple).out())
        .startsWith("version: 1");
    assertThat(Cli.run("policy", "convert", "--to", "env", simple).err())
        .contains("the variables cannot express ");
    Outcome oci = Cli.run("policy", "convert", "--to", "oci", simple);
    assertThat(oci.status()).isZero();
    Path json = write("p.json", oci.out());
    assertThat(Cli.run("policy", "diff", simple, json))
        .isEqualTo(new Outcome(0, "the policies are equivalent\n", ""));
    assertThat(Cli.run("policy", "convert", "--to", "oci", policy).err())
        .contains(policy + ":5:5: the conditions on socket take more than 500 rules there");
    Outcome minijail = Cli.run("policy", "convert", "--to", "minijail", simple);
    assertThat(minijail.status()).isZero();
    assertThat(Cli.run("policy", "diff", simple, write("p.policy", minijail.out())).status())
        .isZero();
    Path logging = write("l.yaml", "version: 1\ndefault: log\nrules: []\n");
    assertThat(Cli.run("policy", "convert", "--to", "minijail", logging))
        .isEqualTo(
            new Outcome(
                4,
                "",
                "hardwire: "
                    + logging
                    + ":2:10: minijail cannot express the default action log\n"));
    Path out = folder.resolve("out.yaml");
    assertThat(Cli.run("policy", "convert", "-o", out, json).status()).isZero();
    assertThat(Files.readString(out)).startsWith("version: 1\nname: \"oci-profile\"\n");
  }

  @Test
  void explainWorksRulesOut() {
    String table =
        """
        CALL                        DECISION      WHEN                                    FROM
        exit_group                  allow         always                                  F:4:26
        read                        allow         always                                  F:4:13
        socket                      allow         family != AF_VSOCK && type != SOCK_RAW  F:7:13
        socket                      errno EACCES  family != AF_VSOCK && type == SOCK_RAW  F:5:20
        socket                      errno EACCES  family == AF_VSOCK                      F:5:20
        write                       allow         always                                  F:4:19
        every other call            kill-process  always                                  F:2:10 default
        numbers from 0x40000000     kill-process  always                                  built in
        other architectures         kill-process  always                                  built in
        kernel's uprobe, uretprobe  allow         from Linux 6.18, 6.14 on                the kernel
        """;
    Outcome all = Cli.run("policy", "explain", policy);
    assertThat(all.status()).isZero();
    assertThat(all.out().replace(policy.toString(), "F")).isEqualTo(table);
    assertThat(Cli.run("policy", "explain", policy, "uname").out().lines().skip(1))
        .containsExactly("uname  kill-process  always  " + policy + ":2:10 default");
    assertThat(Cli.run("policy", "explain", policy, "unmae").status()).isEqualTo(2);
    assertThat(Cli.run("policy", "explain", "--layer", "1", policy).status()).isEqualTo(2);
  }

  @Test
  void explainTakesFilters() throws IOException {
    Path filter = folder.resolve("f.bpf");
    Cli.run("policy", "compile", "-o", filter, policy);
    assertThat(
            Cli.run("policy", "explain", filter, "socket", "uname").out().replaceAll("\\d+", "N"))
        .isEqualTo(
            """
            CALL    DECISION      WHEN                                    FROM
            socket  allow         family != AF_VSOCK && type != SOCK_RAW  instruction N
            socket  errno EACCES  family != AF_VSOCK && type == SOCK_RAW  instruction N
            socket  errno EACCES  family == AF_VSOCK                      instruction N
            uname   kill-process  always                                  instruction N
            """);
    Path product = folder.resolve("product.bpf");
    Files.write(
        product,
        new byte[] {
          0x20, 0, 0, 0, 0, 0, 0, 0, 0x24, 0, 0, 0, 3, 0, 0, 0, 0x15, 0, 0, 0, 9, 0, 0, 0, 6, 0, 0,
          0, 0, 0, 0, 0
        });
    Outcome refused = Cli.run("policy", "explain", product);
    assertThat(refused.status()).isEqualTo(4);
    assertThat(refused.err())
        .contains(
            product + ": the filter cannot be explained: instruction 1 multiplies or divides");
  }

  @Test
  void diffShowsAnExampleOfEachCall() throws IOException {
    Path other =
        write("o.yaml", POLICY.replace("AF_VSOCK", "AF_NETLINK").replace("read, ", "uname, "));
    assertThat(Cli.run("policy", "diff", policy, other))
        .isEqualTo(
            new Outcome(
                5,
                """
                read(0, 0, 0): allow -> kill-process
                socket(16, 0, 0): allow -> errno EACCES
                uname(0): kill-process -> allow
                """,
                ""));
  }

  @Test
  void compileAndDisasmShowTheSameFilter() {
    Path filter = folder.resolve("f.bpf");
    assertThat(Cli.run("policy", "compile", "-o", filter, policy).status()).isZero();
    Outcome text = Cli.run("policy", "compile", policy);
    assertThat(text.out()).startsWith("   0: ld    [arch]\n");
    assertThat(Cli.run("disasm", filter)).isEqualTo(text);
    assertThat(Cli.run("disasm", policy).status()).isEqualTo(4);
    assertThat(Cli.run("policy", "compile", "--stats", policy).out())
        .matches("\\d+ instructions, \\d+ on the longest path, \\d+\\.\\d+ on the mean path.*\n");
    assertThat(Cli.run("policy", "compile", "--optimize", "size", policy).status()).isEqualTo(2);
  }

  @Test
  void testComparesATable() throws IOException {
    Path good =
        write(
            "good.txt",
            """
            # calls
            read(0) -> allow
            socket(AF_VSOCK, SOCK_STREAM, 0) -> errno EACCES
            socket(0x100000028) -> errno EACCES   # the kernel looks at 32 bits
            uname -> kill-process
            0x40000000 -> kill-process
            """);
    assertThat(Cli.run("policy", "test", policy, good))
        .isEqualTo(new Outcome(0, "5 calls, 0 not as expected\n", ""));
    Path bad = write("bad.txt", "read -> trap\n");
    assertThat(Cli.run("policy", "test", policy, bad))
        .isEqualTo(
            new Outcome(
                5, bad + ":1:1: read: expected trap, got allow\n1 calls, 1 not as expected\n", ""));
    Path wrong = write("wrong.txt", "read() -> allow\nsocket(AF_VSOK) -> trap\n");
    Outcome result = Cli.run("policy", "test", policy, wrong);
    assertThat(result.status()).isEqualTo(4);
    assertThat(result.err())
        .contains(wrong + ":2:8: unknown constant \"AF_VSOK\"; did you mean \"AF_VSOCK\"?");
    Path empty = write("empty.txt", "# no call\n");
    Outcome nothing = Cli.run("policy", "test", policy, empty);
    assertThat(nothing.status()).isEqualTo(4);
    assertThat(nothing.err()).contains(empty + ":1:1: the table has no calls");
  }

  @Test
  @Timeout(30)
  void longLinesOfTablesAreReadInOnePass() throws IOException {
    Path table = write("spaces.txt", "phase x" + " ".repeat(1 << 20) + "y\n");
    Outcome outcome = Cli.run("policy", "test", policy, table);
    assertThat(outcome.status()).isEqualTo(4);
    assertThat(outcome.err()).contains(table + ":1:1: expected \"CALL(ARGUMENTS) -> ACTION\"");
  }

  @Tag("system")
  @Test
  void testAndDiffTakeProfilesOfOthers() throws IOException {
    Path profile = Path.of("/usr/share/containers/seccomp.json");
    Path table =
        write(
            "container.txt",
            """
            uname -> allow
            socket(AF_NETLINK, SOCK_RAW, 9) -> errno EINVAL
            socket(AF_INET, SOCK_STREAM, 0) -> allow
            bpf -> errno EPERM
            personality(0) -> allow
            personality(1) -> errno ENOSYS
            0x40000000 -> kill-process
            """);
    assertThat(Cli.run("policy", "test", profile, table))
        .isEqualTo(new Outcome(0, "7 calls, 0 not as expected\n", ""));
    assertThat(Cli.run("policy", "test", "--capabilities", "CAP_BPF", profile, table).out())
        .isEqualTo(
            table + ":4:1: bpf: expected errno EPERM, got allow\n7 calls, 1 not as expected\n");
    assertThat(Cli.run("policy", "test", "--capabilities", "SYS_ADMIN", profile, table))
        .isEqualTo(
            new Outcome(
                2,
                "",
                "hardwire: --capabilities: unknown capability \"SYS_ADMIN\"; did you mean"
                    + " \"CAP_SYS_ADMIN\"?\nTry 'hardwire policy test --help'\n"));
    Outcome diff =
        Cli.run("policy", "diff", profile, "/usr/lib/systemd/system/systemd-hostnamed.service");
    assertThat(diff.status()).isEqualTo(5);
    assertThat(diff.out())
        .contains("socket(16, 0, 9): errno EINVAL -> allow\n")
        .contains("syslog(0, 0, 0): allow -> errno EPERM\n")
        .doesNotContain("uname");
  }

  @Test
  void unitsNameOnlyWhatSystemdKnows() throws IOException {
    Path policy =
        write("new.yaml", "version: 1\ndefault: allow\nrules:\n- kill-process: [uselib, listns]\n");
    Outcome refused = Cli.run("policy", "convert", "--to", "systemd", policy);
    assertThat(refused.status()).isEqualTo(4);
    assertThat(refused.err())
        .isEqualTo(
            "hardwire: "
                + policy
                + ":4:3: systemd cannot express a rule for listns, which systemd 257 does not"
                + " know\n");
    Path older = write("old.yaml", Files.readString(policy).replace(", listns", ""));
    assertThat(Cli.run("policy", "convert", "--to", "systemd", older).out())
        .contains("SystemCallFilter=~uselib:kill\n");
  }

  /** Policies that agree on every call with a name may not on calls that have none yet. */
  @Test
  void diffTellsWhatCallsWithoutANameGet() throws IOException {
    String names = String.join(", ", SyscallTable.of(Target.X86_64).names());
    Path every =
        write("every.yaml", "version: 1\ndefault: trap\nrules:\n- allow: [" + names + "]\n");
    Path any = write("any.yaml", "version: 1\ndefault: allow\nrules: []\n");
    assertThat(Cli.run("policy", "diff", every, any))
        .isEqualTo(new Outcome(5, "every other call: trap -> allow\n", ""));
    assertThat(Cli.run("policy", "diff", every, every).status()).isZero();
  }

  @Test
  void emulateRunsCalls() {
    Path filter = folder.resolve("f.bpf");
    Cli.run("policy", "compile", "-o", filter, policy);
    Outcome result =
        Cli.run(
            "emulate", "--filter", filter, "socket(AF_INET, SOCK_RAW, 0)", "exit_group(1)", "-1");
    assertThat(result.status()).isZero();
    assertThat(result.out().replaceAll("\\d+ instructions", "N instructions"))
        .isEqualTo(
            """
            socket(2, 3, 0): errno EACCES (N instructions)
            exit_group(1): allow (N instructions)
            0xffffffff(0, 0, 0, 0, 0, 0): kill-process (N instructions)
            """);
    assertThat(Cli.run("emulate", "--policy", policy, "read").out())
        .startsWith("read(0, 0, 0): allow");
    assertThat(Cli.run("emulate", "read").status()).isEqualTo(2);
    assertThat(Cli.run("emulate", "--policy", policy, "raed").status()).isEqualTo(4);
  }
}
