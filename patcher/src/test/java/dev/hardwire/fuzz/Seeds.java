package dev.hardwire.fuzz;

import dev.hardwire.arch.Target;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.Patching;
import dev.hardwire.formats.PolicyFormat;
import dev.hardwire.formats.YamlFormat;
import dev.hardwire.formats.environment.EnvironmentFormat;
import dev.hardwire.formats.minijail.MinijailFormat;
import dev.hardwire.formats.oci.OciFormat;
import dev.hardwire.formats.systemd.SystemdFormat;
import dev.hardwire.patch.PatchedBytes;
import dev.hardwire.patch.plan.PatchPlanner;
import dev.hardwire.patch.plan.PatchRequest;
import dev.hardwire.policy.Hook;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.text.YamlPolicyReader;
import dev.hardwire.policy.text.YamlPolicyWriter;
import dev.hardwire.stub.SetupCompiler;
import dev.hardwire.testing.SampleElf;
import dev.hardwire.why.core.SampleCore;
import dev.hardwire.work.PolicyFormats;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;

/**
 * Where fuzzing starts: good inputs, which are made here or small texts, and in {@code
 * findings/TARGET.hex} what was found by fuzzing and is no fault any more.
 */
public final class Seeds {
  private Seeds() {}

  /** Fails if an error says nothing. */
  public static void requireText(RuntimeException refused) {
    if (refused.getMessage() == null || refused.getMessage().isBlank()) {
      throw new IllegalStateException("a refusal that says nothing", refused);
    }
  }

  /** Inputs, and what was found earlier. */
  public static Stream<Arguments> with(String target, Stream<byte[]> inputs) {
    return Stream.concat(inputs, findings(target)).map(input -> Arguments.of((Object) input));
  }

  /** Lines of hexadecimal digits, one for each input; others are remarks. */
  private static Stream<byte[]> findings(String target) {
    String name = "findings/" + target + ".hex";
    try (InputStream in = Seeds.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException(name + " is missing");
      }
      String text = new String(in.readAllBytes(), StandardCharsets.US_ASCII);
      return text.lines()
          .filter(line -> !line.startsWith("#") && !line.isBlank())
          .map(line -> HexFormat.of().parseHex(line.strip()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] patched(byte[] original, Hook hook) {
    ElfFile elf = ElfFile.parse(Bytes.wrap(original));
    return Patching.patch(elf, hook).toArray();
  }

  private static byte[] sample() {
    return new SampleElf().build().toArray();
  }

  /** A small hard-wired executable. */
  public static byte[] patchedSample() {
    return patched(sample(), Hook.INIT);
  }

  static Stream<Arguments> cores() {
    return with(
        "cores",
        Stream.of(Target.values()).map(target -> new SampleCore(target).build(41).toArray()));
  }

  static Stream<Arguments> executables() {
    return with(
        "executables",
        Stream.of(
            sample(),
            new SampleElf().bss(0x2000).build().toArray(),
            Patching.fixture("gcc-pie"),
            Patching.fixture("gcc-static"),
            patchedSample()));
  }

  static Stream<Arguments> patched() {
    ElfFile sample = ElfFile.parse(Bytes.wrap(sample()));
    byte[] needing =
        PatchedBytes.of(
                sample.bytes(), PatchPlanner.plan(sample, Patching.request("/lib/libsandbox.so")))
            .toArray();
    List<byte[]> all = new ArrayList<>(List.of(needing));
    for (Hook hook : Hook.values()) {
      all.add(patched(sample(), hook));
    }
    all.add(withPhases());
    return with("patched", all.stream());
  }

  private static byte[] withPhases() {
    ElfFile server = ElfFile.parse(new SampleElf().imports("epoll_wait").build());
    String text =
        """
        version: 1
        default: allow
        rules: [kill-process: [ptrace]]
        phases:
          - {name: main, at: main, default: allow, rules: [kill-process: [bpf]]}
          - name: serve
            at: {first-call-of: epoll_wait}
            default: kill-process
            rules: [allow: [epoll_wait, exit_group]]
            landlock: {read: [/usr, "?/opt"], connect: [80], scope: [signal]}
        """;
    Policy policy = YamlPolicyReader.read(text.getBytes(StandardCharsets.UTF_8), "seed");
    PatchRequest request =
        PatchRequest.of(
                SetupCompiler.compile(server.machine(), policy), YamlPolicyWriter.write(policy))
            .withPhases(SetupCompiler.phases(server.machine(), policy));
    return PatchedBytes.of(server.bytes(), PatchPlanner.plan(server, request)).toArray();
  }

  private static byte[] policy(PolicyFormat format, String text) {
    byte[] content = text.getBytes(StandardCharsets.UTF_8);
    byte[] input = new byte[content.length + 1];
    input[0] = (byte) PolicyFormats.all().indexOf(format);
    System.arraycopy(content, 0, input, 1, content.length);
    return input;
  }

  static Stream<Arguments> policies() {
    return with(
        "policies",
        Stream.of(
            policy(
                new YamlFormat(),
                """
                version: 1
                name: seed
                default: kill-process
                rules:
                  - allow: [read, write, "@network-io"]
                  - errno ENETDOWN: [uname]
                  - allow: [socket]
                    when: "domain == AF_INET || (domain & 7) != 0x2 && type <= 5"
                no_new_privs: true
                log: false
                phases:
                  - {name: main, at: main, default: log, rules: []}
                  - name: serve
                    at: {first-call-of: epoll_wait}
                    default: errno EPERM
                    rules: [allow: [read, "@io-event"]]
                    landlock: {kernel: {at-least: 8}, read: [/usr, "?/opt"], bind: [80]}
                """),
            policy(
                new OciFormat(),
                """
                {"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 1,
                 "archMap": [{"architecture": "SCMP_ARCH_X86_64", "subArchitectures": []}],
                 "syscalls": [{"names": ["personality", "read"], "action": "SCMP_ACT_ALLOW",
                   "args": [{"index": 0, "value": 131072, "valueTwo": 0, "op": "SCMP_CMP_EQ"}],
                   "includes": {"minKernel": "4.8"}, "excludes": {"caps": ["CAP_SYS_ADMIN"]}}]}
                """),
            policy(
                new SystemdFormat(),
                """
                [Service]
                SystemCallFilter=@system-service
                SystemCallFilter=~@mount uname:EPERM
                SystemCallErrorNumber=EACCES
                SystemCallArchitectures=native
                """),
            policy(
                new MinijailFormat(),
                """
                read: 1
                write: allow
                socket: arg0 == AF_UNIX || arg0 == 2 && arg1 in 0x5; return EPERM
                uname: return 1
                """),
            policy(
                new EnvironmentFormat(),
                """
                SECCOMP_SYSCALL_DENY=execve:execveat
                SECCOMP_DEFAULT_ACTION=errno:EPERM
                """)));
  }

  static Stream<Arguments> logs() {
    Stream<byte[]> texts =
        Stream.of(
                """
                7 execve("/bin/a", ["a"], 0x7ffd /* 3 vars */) = 0
                7 openat(AT_FDCWD, "/etc/x", O_RDONLY|O_CLOEXEC <unfinished ...>
                8 ioctl(1, TCGETS, {c_iflag=ICRNL|IXON}) = 0
                7 <... openat resumed>) = 3
                7 fork() = 9
                9 +++ exited with 0 +++
                """,
                """
                type=SECCOMP msg=audit(1.2:3): pid=1 exe="/a" sig=31 arch=c000003e syscall=63 code=0x0
                audit: type=1326 audit(1.2:3): pid=1 exe=2F61 arch=c000003e syscall=63
                """,
                """
                {"MESSAGE":"SECCOMP auid=1 pid=2 exe=\\"/a\\" arch=c000003e syscall=63","_TRANSPORT":"audit"}
                """,
                "__CURSOR=x\nMESSAGE\n\u0005\0\0\0\0\0\0\0hello\n_PID=1\n\n")
            .map(text -> text.getBytes(StandardCharsets.ISO_8859_1));
    return with("logs", texts);
  }
}
