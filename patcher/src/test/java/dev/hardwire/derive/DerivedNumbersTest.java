package dev.hardwire.derive;

import static dev.hardwire.derive.Assembly.function;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.Section;
import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Derivers;
import dev.hardwire.testing.Fixtures;
import dev.hardwire.testing.Gcc;
import dev.hardwire.testing.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Small programs with code that once misled the analysis, or may do so. */
@Tag("system")
class DerivedNumbersTest {
  @TempDir private Path folder;

  private Path build(String code, String... options) throws IOException {
    return Assembly.build(folder, code, options);
  }

  private Derivation derive(String code, String... options) throws IOException {
    return Derivers.SHARED.derive(build(code, options), DeriveOptions.PLAIN);
  }

  @ParameterizedTest
  @ValueSource(strings = {"-static", "-static-pie"})
  void nothingRunsBehindACallThatDoesNotReturn(String kind) throws IOException {
    String code =
        function("_start", "call stop") + function("next", "mov $39, %eax\nsyscall\nret"); // getpid
    assertThat(derive(code, kind).names()).containsExactly("exit");
  }

  @Test
  void aCallThatReturnsGoesOn() throws IOException {
    String code =
        function("nothing", "ret")
            + function("_start", "call nothing")
            + function("next", "mov $39, %eax\nsyscall\ncall stop");
    assertThat(derive(code, "-static").names()).containsExactly("exit", "getpid");
  }

  /** As in clone(2) of glibc. */
  @Test
  void unwindInformationMayEndBeforeTheSystemCall() throws IOException {
    String code =
        """
        .type _start,@function
        _start: .cfi_startproc
          mov $56, %eax
          .cfi_endproc
          syscall
          call stop
        """;
    Derivation found = derive(code, "-static", "-s");
    assertThat(found.unknown()).isEmpty();
    assertThat(found.names()).containsExactly("clone", "exit");
  }

  @Test
  void wrappersAreSolvedOverTheirCallers() throws IOException {
    String code =
        function("wrapper", "mov %rdi, %rax\nmov %rsi, %rdi\nsyscall\nret")
            + function("middle", "lea 1(%rdi), %edi\njmp wrapper")
            + function(
                "_start", "mov $39, %edi\ncall wrapper\nmov $101, %edi\ncall middle\ncall stop");
    Derivation found = derive(code, "-static");
    assertThat(found.unknown()).isEmpty();
    assertThat(found.names()).containsExactly("exit", "getpid", "getuid");
  }

  /** As in {@code __syscall_cancel} of glibc 2.41. */
  @Test
  void numbersMayBeArgumentsOnTheStack() throws IOException {
    String code =
        function("wrapper", "push %rbx\nmov 16(%rsp), %rax\nsyscall\npop %rbx\nret")
            + function("_start", "push $39\ncall wrapper\nadd $8, %rsp\ncall stop");
    Derivation found = derive(code, "-static");
    assertThat(found.unknown()).isEmpty();
    assertThat(found.names()).containsExactly("exit", "getpid");
  }

  @Test
  void bothValuesOfAConditionalMoveCount() throws IOException {
    String code =
        function(
            "_start",
            "mov $39, %eax\nmov $102, %ecx\ntest %rsi, %rsi\ncmove %ecx, %eax\nsyscall\ncall stop");
    assertThat(derive(code, "-static").names()).containsExactly("exit", "getpid", "getuid");
  }

  @Test
  void jumpTablesAreFollowed() throws IOException {
    String code =
        function(
                "_start",
                """
                lea table(%rip), %rdx
                movslq (%rdx,%rdi,4), %rax
                add %rdx, %rax
                mov $1, %ebx
                jmp *%rax
                1: mov $39, %eax
                syscall
                call stop
                2: mov $102, %eax
                syscall
                call stop\
                """)
            + ".section .rodata\ntable: .long 1b-table, 2b-table\n";
    Derivation found = derive(code, "-static");
    assertThat(found.unknown()).isEmpty();
    assertThat(found.names()).containsExactly("exit", "getpid", "getuid");
  }

  /** The dynamic linker writes addresses and numbers into instructions. */
  @Test
  void codeThatTheDynamicLinkerChangesIsRefused() throws IOException {
    String code = function("_start", "movabs $called, %rax\ncall *%rax\ncall stop");
    String called = function("called", "mov $39, %eax\nsyscall\nret");
    assertThatThrownBy(() -> derive(code + called, "-pie", "-Wl,-z,notext"))
        .isInstanceOf(DeriveException.class)
        .hasMessageContaining("the dynamic linker changes its code (DT_TEXTREL)");
    assertThat(
            derive(code.replace("movabs $called,", "lea called(%rip),") + called, "-pie").names())
        .contains("exit", "getpid");
  }

  /** It writes to data that the program cannot write, as in native images of GraalVM. */
  @Test
  void constantsThatTheDynamicLinkerChangesAreNotKnown() throws IOException {
    String table = ".section .table, \"a\", @progbits\n.align 8\ntable: .quad %s\n.text\n";
    String code = function("_start", "mov table(%rip), %eax\nsyscall\ncall stop");
    assertThat(derive(table.formatted("39") + code, "-static-pie", "-Wl,-z,notext").names())
        .containsExactly("exit", "getpid");
    assertThat(derive(table.formatted("_start") + code, "-static-pie", "-Wl,-z,notext").unknown())
        .isNotEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"mov (%rsi), %eax\nsyscall", "mov %esi, %eax\nsyscall", "int $0x80"})
  void whatIsNotKnownIsAnError(String body) throws IOException {
    Path program = build(function("_start", body + "\ncall stop"), "-static");
    assertThat(Derivers.SHARED.derive(program, DeriveOptions.PLAIN).unknown()).hasSize(1);
    Cli.run("derive", program).fails(3, "the number of a system call is not known: ");
    assertThat(Cli.ok("derive", "--unknown", "list:getpid", program).out()).contains("getpid");
    assertThat(Cli.ok("derive", "--unknown", "errno", program).out())
        .contains("default: errno ENOSYS");
    assertThat(Cli.ok("derive", "--unknown", "allow-all", program).out())
        .contains("default: allow");
  }

  /** A session answers for calls that only it has; all others kill. */
  @Test
  void aSessionAnswers() throws IOException {
    Path program = build(function("_start", "mov (%rsi), %eax\nsyscall\ncall stop"), "-static");
    Path log =
        Files.writeString(
            folder.resolve("session.log"),
            """
            7 execve("./program", ["./program"], 0x7ffd /* 9 vars */) = 0
            7 getppid() = 3
            7 exit(0) = ?
            7 +++ exited with 0 +++
            """);
    String policy = Cli.ok("derive", "--unknown", "learn:" + log, program).out();
    assertThat(policy)
        .contains("default: kill-process", "allow: [exit, exit_group, getppid]")
        .contains("# 2 of the calls stand on the session in " + log + " only: exit_group, getppid")
        .contains("# 1 places are not proven", "(a limit of the analysis)");
    Cli.run("derive", "--unknown", "learn:" + program, program).fails(2, "is a program, not a log");
    Cli.run("derive", "--unknown", "learn:" + folder.resolve("no"), program).fails(6, "no such");
    Cli.run("derive", "--unknown", "learn:", program).fails(2, "requires a log");
  }

  /** With every number known, there is nothing that a session has to answer. */
  @Test
  void aSessionAddsNothingToWhatIsKnown() throws IOException {
    Path program = build(function("_start", "mov $39, %eax\nsyscall\ncall stop"), "-static");
    Path log = Files.writeString(folder.resolve("session.log"), "7 getppid() = 3\n");
    assertThat(Cli.ok("derive", "--unknown", "learn:" + log, program).out())
        .contains("allow: [exit, getpid]")
        .doesNotContain("session");
  }

  /** What data chooses is told from what is not followed, and the way on is printed. */
  @Test
  void itIsSaidWhoChooses() throws IOException {
    String wrapper = function("wrapper", "mov %rdi, %rax\nsyscall\nret");
    Path program =
        build(wrapper + function("_start", "mov (%rsi), %rdi\ncall wrapper\ncall stop"), "-static");
    Outcome refused = Cli.run("derive", program);
    refused.fails(3, "(chosen by the caller); let it do all of its work once: hardwire learn");
    assertThat(refused.err())
        .contains("--unknown learn:session.log -o policy.yaml " + program)
        .doesNotContain("allow-all");
  }

  @Test
  void aWrapperWhoseAddressIsTakenIsNotKnown() throws IOException {
    String code =
        function("wrapper", "mov %rdi, %rax\nsyscall\nret")
            + function(
                "_start", "lea wrapper(%rip), %rax\nmov %rax, (%rsp)\ncall *(%rsp)\ncall stop");
    assertThat(derive(code, "-static").unknown())
        .singleElement()
        .satisfies(site -> assertThat(site.reason()).contains("called through pointers"));
  }

  /** The address of a function of a library that others may get to know in some other way. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "mov (%rsi), %rcx\ntest %rsi, %rsi\ncmove %rcx, %rax\nmov %rax, (%rdi)",
        "mov (%rsi), %rcx\ntest %rsi, %rsi\nje 1f\nmov %rcx, %rax\n1: mov %rax, (%rdi)",
        "movq wrapper@GOTPCREL(%rip), %xmm0\nmovups %xmm0, (%rdi)",
        "vmovq %rax, %xmm1\nvmovups %xmm1, (%rdi)",
        "mov %rax, -16(%rsp)\nmov -24(%rsp,%rsi,8), %rcx\nmov %rcx, (%rdi)",
        "mov %rax, -16(%rsp)\nmovups -16(%rsp), %xmm3\nmovups %xmm3, (%rdi)",
        "mov %rax, %rdx\nxor %eax, %eax\nret",
        "mov %rax, %rbx\nxor %eax, %eax\ncall stop\nmov %rbx, (%rdi)",
      })
  void addressesThatGetOutAreTaken(String use) throws IOException {
    Path source = folder.resolve("library.s");
    String wrapper = function("wrapper", "mov %rdi, %rax\nsyscall\nret");
    Files.writeString(source, ".globl wrapper\n.text\n" + wrapper);
    Path library = folder.resolve("library.so");
    Gcc.run("-nostdlib", "-shared", "-o", library, source);
    String load = "mov wrapper@GOTPCREL(%rip), %rax\n";
    String landing = // a personality makes it a function with landing pads
        use.contains("%rbx") ? ".cfi_personality 0x1b, stop\n.cfi_lsda 0x1b, stop\n" : "";
    String code =
        function("_start", "mov $39, %edi\ncall wrapper@PLT\ncall user\ncall stop")
            + function("user", landing + load + use + "\nxor %eax, %eax\nxor %edx, %edx\nret");
    Path program = build(code, "-pie", "-Wl,--no-as-needed," + library, "-Wl,-rpath," + folder);
    Derivation found = Derivers.SHARED.derive(program, DeriveOptions.PLAIN);
    assertThat(found.names()).contains("getpid");
    assertThat(found.unknown())
        .singleElement()
        .satisfies(site -> assertThat(site.reason()).contains("called through pointers"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "lea wrapper(%rip), %rbx\nmov $39, %edi\ncall *%rbx",
        "lea wrapper(%rip), %rbx\ncmp %rbx, %rsi\nmov $39, %edi\ncall wrapper",
        "cmp slot(%rip), %rsi\nmov $39, %edi\ncall wrapper",
      })
  void addressesThatAreOnlyCalledOrComparedAreNotTaken(String use) throws IOException {
    String code =
        function("wrapper", "mov %rdi, %rax\nsyscall\nret")
            + function("_start", use + "\ncall stop")
            + ".section .data.rel.ro,\"aw\"\nslot: .quad wrapper\n";
    Derivation found = derive(code, "-static-pie");
    assertThat(found.unknown()).isEmpty();
    assertThat(found.names()).containsExactly("exit", "getpid");
  }

  /** As in programs with fixed addresses, where an entry of the PLT is the function's address. */
  @Test
  void entriesOfThePltAreFunctions() throws IOException {
    Path source = folder.resolve("library.s");
    String one = function("one", "mov $39, %eax\nsyscall\nret");
    String two = function("two", "mov $102, %eax\nsyscall\nret");
    Files.writeString(source, ".globl one, two\n.text\n" + one + two);
    Path library = folder.resolve("library.so");
    Gcc.run("-nostdlib", "-shared", "-o", library, source);
    String code =
        function("_start", "mov $one, %eax\nmov %rax, (%rsp)\ncall *(%rsp)\ncall stop")
            + function("unused", "call two@PLT\nret");
    Path program = build(code, "-no-pie", "-Wl,--no-as-needed," + library, "-Wl,-rpath," + folder);
    assertThat(Derivers.SHARED.derive(program, DeriveOptions.PLAIN).names())
        .contains("getpid")
        .doesNotContain("getuid");
  }

  /** As in the handler with which threads of a static program follow setuid(2). */
  @Test
  void callsThatOtherThreadsRepeatAreUnderstood() throws IOException {
    String loads = "mov 16(%rax), %rsi\nmov 8(%rax), %rdi\nmov 24(%rax), %rdx\n";
    String code =
        function("handler", loads + "mov (%rax), %eax\nsyscall\nret")
            + function("_start", "lea handler(%rip), %rax\nmov %rax, (%rsp)\ncall stop");
    Derivation found = derive(code, "-static");
    assertThat(found.unknown()).isEmpty();
    assertThat(found.rules()).anyMatch(rule -> rule.startsWith("setxid: "));
    String other = code.replace("mov 24(%rax), %rdx", "mov 32(%rax), %rdx");
    assertThat(derive(other, "-static").unknown()).hasSize(1);
  }

  @Test
  void codeBehindACallThatDoesNotReturnMayBeALandingPad() throws IOException {
    String code = function("_start", "call stop\nmov $39, %eax\nsyscall\ncall stop");
    assertThat(derive(code, "-static").names()).containsExactly("exit", "getpid");
  }

  @ParameterizedTest
  @ValueSource(strings = {"-static", "-static-pie"})
  void pointersCountIfCodeRefersToTheirObject(String kind) throws IOException {
    String code =
        function("one", "mov $39, %eax\nsyscall\nret")
            + function("two", "mov $102, %eax\nsyscall\nret")
            + function("_start", "lea first(%rip), %rbx\ncall *8(%rbx)\ncall stop")
            + function("unused", "lea second(%rip), %rbx\ncall *(%rbx)\nret")
            + ".section .data.rel.ro,\"aw\"\nfirst: .quad 0, one\nsecond: .quad two\n";
    Path program = build(code, kind);
    assertThat(Derivers.SHARED.derive(program, DeriveOptions.PLAIN).names())
        .containsExactly("exit", "getpid");
    DeriveOptions safe = new DeriveOptions(List.of(), List.of(), true);
    assertThat(Derivers.SHARED.derive(program, safe).names())
        .containsExactly("exit", "getpid", "getuid");
  }

  @Test
  void signalHandlersReturnByTheirOwnCall() throws IOException {
    Derivation found = Derivers.SHARED.derive(Path.of("/usr/bin/sort"), DeriveOptions.PLAIN);
    assertThat(found.names()).contains("rt_sigreturn");
    assertThat(found.unknown()).isEmpty();
  }

  /** As in old static programs; the kernel asks the filter about the calls that they make. */
  @ParameterizedTest
  @ValueSource(
      strings = {"call *0xffffffffff600400", "mov $-10484736, %rax\ncall *%rax"}) // the same
  void thePageOfOldSystemCallsIsKnown(String call) throws IOException {
    assertThat(derive(function("_start", call + "\ncall stop"), "-static").names())
        .containsExactly("exit", "getcpu", "gettimeofday", "time");
  }

  @Test
  void aDamagedUnwindTableIsAnError() throws IOException {
    byte[] bytes = Files.readAllBytes(Path.of("/usr/bin/true"));
    Section frames =
        ElfFile.parse(Bytes.copyOf(bytes))
            .section(section -> section.name().equals(".eh_frame"))
            .orElseThrow();
    bytes[(int) frames.offset() + 1] = 0x7f;
    Path program = folder.resolve("damaged");
    Files.write(program, bytes);
    assertThatThrownBy(() -> Derivers.SHARED.derive(program, DeriveOptions.PLAIN))
        .isInstanceOf(DeriveException.class)
        .hasMessageContaining(".eh_frame");
    Cli.run("derive", program).fails(3, ".eh_frame");
  }

  /** Where nothing is found, something was not understood. */
  @Test
  void aProgramWithoutCallsIsRefused() throws IOException {
    Path program = build(function("_start", "1: jmp 1b"), "-static");
    Cli.run("derive", program).fails(3, "no system call is reached");
  }

  /** As that of klibc, which is a whole library at a fixed address. */
  @Test
  void otherInterpretersHaveToBeNamed() throws IOException {
    Path linker = folder.resolve("klibc.so");
    Files.copy(Path.of("/lib64/ld-linux-x86-64.so.2"), linker);
    Path program =
        build(
            function("_start", "mov $39, %eax\nsyscall\ncall stop"),
            "-pie",
            "-Wl,--dynamic-linker=" + linker);
    Cli.run("derive", program).fails(3, "is not a dynamic linker that is known");
    assertThat(Cli.ok("derive", "--with-library", linker, program).out()).contains("getpid");
  }

  /** What it executes runs under the same policy. */
  @Test
  void programsThatMayBeExecutedAreWarnedOf() throws IOException {
    Path program = build(function("_start", "mov $59, %eax\nsyscall\ncall stop"), "-static");
    assertThat(Cli.ok("derive", program).err()).contains("give them with --with-program");
    assertThat(Cli.ok("derive", "--with-program", program, program).err())
        .doesNotContain("--with-program");
  }

  @Test
  void unknownCallsAreListedAndThreadsWarnedOf() throws IOException {
    Path program = build(function("_start", "mov (%rsi), %eax\nsyscall\ncall stop"), "-static");
    Cli.run("derive", "-v", program).fails(3, "note: not known: ");
    assertThat(Cli.ok("derive", "--unknown", "errno", program).err())
        .contains("clone and clone3 fail under this policy");
  }

  @Test
  void otherArchitecturesAreRefused() {
    Cli.run("derive", "/usr/aarch64-linux-gnu/lib/ld-linux-aarch64.so.1")
        .fails(3, "programs of aarch64 cannot be analysed");
  }

  @Test
  void optionsAreChecked() {
    Cli.run("derive", "--unknown", "some", "/usr/bin/true").fails(2, "--unknown: expected");
    Cli.run("derive", "--unknown", "list:nocall", "/usr/bin/true").fails(2, "\"nocall\"");
    Cli.run("derive", "--explain", "nocall", "/usr/bin/true").fails(2, "\"nocall\"");
    Cli.run("derive", "--with-library", "/nowhere/*.so", "/usr/bin/true").fails(6, "/nowhere");
    Cli.run("derive", "/nowhere").fails(6, "/nowhere: no such file");
  }

  @Test
  void oneWayToACallIsExplained() {
    Path program = Fixtures.named("musl-static").path();
    assertThat(Cli.ok("derive", "--explain", "writev", program).out().lines().toList())
        .first()
        .asString()
        .contains(", ");
    assertThat(Cli.ok("derive", "--explain", "reboot", program).out())
        .isEqualTo("reboot is not reached\n");
  }
}
