package dev.hardwire.live.hostile;

import static dev.hardwire.testing.Programs.output;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.arch.Target;
import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Fixtures;
import dev.hardwire.testing.ImageBuilder;
import dev.hardwire.testing.OpensslKey;
import dev.hardwire.testing.Programs;
import dev.hardwire.why.core.SampleCore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Mutants of every kind of input, by the commands that read it: each run ends with a documented
 * exit code and a message, within 20 s of processor time and 256 MiB, and leaves nothing if it
 * fails.
 */
@Tag("system")
class MutatedInputsTest {
  private static final int HEAP = 256;
  private static final int EACH = 1000;
  private static final int SAMPLE = 1;

  /** Policies in formats that no command writes from every policy. */
  private static final Map<String, String> POLICIES =
      Map.of(
          "minijail",
          """
          @frequency ./x.freq
          read: 1
          write: allow
          {dup, dup2}: allow
          socket: arg0 == AF_UNIX || arg0 == 2 && arg1 in 0x5; return EPERM
          mmap: arg2 in ~PROT_EXEC || arg2 in ~PROT_WRITE
          uname: return 1
          """,
          "kafel",
          """
          #define A 7
          POLICY a { ALLOW { read, write { fd == 1 || (count & A) > 2 } } }
          POLICY b { USE a, ERRNO(1) { uname, kill(pid, sig) { sig != 9 } } }
          USE b DEFAULT KILL
          """,
          "lxc",
          """
          2
          allowlist trap
          [x86]
          read
          uname errno 1
          [all]
          kexec_load errno 1
          socket errno 0 [0,2,SCMP_CMP_EQ] [1,3,SCMP_CMP_MASKED_EQ,7]
          """,
          "snapd",
          "# x\nsocket AF_UNIX\nbind\nfchown - u:root g:root\nsetpriority PRIO_PROCESS 0 <=19\n",
          "bionic",
          "int fork() all\nssize_t read(int, void*, size_t) all\npipe2:pipe2(int*, int) lp64\n",
          "firejail",
          "# x\nseccomp !chroot,@clock\nseccomp.keep read,write,open\nseccomp.32 !mount\n",
          "firecracker",
          """
          {"vmm": {"default_action": "trap", "filter_action": "allow", "filter": [
            {"syscall": "read"}, {"syscall": "ioctl", "args":
              [{"index": 1, "type": "dword", "op": "eq", "val": 21505, "comment": "TCGETS"},
               {"index": 2, "type": "qword", "op": {"masked_eq": 7}, "val": 3}]}]}}
          """,
          "systemd",
          """
          [Service]
          SystemCallFilter=@system-service
          SystemCallFilter=~@mount uname:EPERM
          SystemCallErrorNumber=EACCES
          SystemCallArchitectures=native
          RestrictAddressFamilies=AF_UNIX AF_INET
          RestrictNamespaces=~user
          CapabilityBoundingSet=CAP_NET_BIND_SERVICE
          ReadOnlyPaths=/etc -/opt
          LockPersonality=yes
          """,
          "yaml",
          """
          version: 1
          name: seed
          default: kill-process
          constants: {A: 7}
          groups: {mine: [read, write, "@network-io"]}
          rules:
            - allow: ["@mine", exit_group]
            - errno ENETDOWN: [uname]
            - allow: [socket]
              when: "domain == AF_INET || (domain & A) != 0x2 && type <= 5"
          no_new_privs: true
          capabilities: {keep: [net_bind_service]}
          limits: {open-files: 64}
          landlock: {kernel: {at-least: 5}, read: [/usr, "?/opt"], connect: [80]}
          phases:
            - {name: main, at: main, default: log, rules: []}
            - name: serve
              at: {first-call-of: epoll_wait}
              default: errno EPERM
              rules: [allow: [read, exit_group, "@io-event"]]
          """);

  @TempDir private Path folder;

  private Path file(String name) {
    return folder.resolve(name);
  }

  private void write(String name, String text) throws IOException {
    Files.writeString(file(name), text);
  }

  @BeforeEach
  void furnish() throws IOException {
    Path good = Files.copy(Fixtures.named("gcc-pie").path(), file("good"));
    Files.copy(Fixtures.named("musl-static").path(), file("small"));
    Path tree = Files.createDirectories(file("tree/bin"));
    Files.copy(good, tree.resolve("one"));
    policies();
    write(
        "manifest.yaml",
        """
        version: 1
        files:
          - match: "bin/*"
            preset: no-exec
            optional: true
          - match: ["sbin/**", '!sbin/x']
            policy: policy.yaml
            hook: auto
            optional: true
        """);
    write("all.yaml", "version: 1\nfiles:\n  - match: \"**\"\n    preset: no-exec\n");
    write("weights", "read: 100\nwrite: 50\nuname: 1\n");
    write(
        "waivers.yaml",
        """
        version: 1
        waivers:
          - finding: risky-calls
            programs: [wired, /opt/**]
            reason: x
            until: 2099-01-01
        """);
    write("table", "read(0, 0, 0) -> allow\nacct(0) -> errno EPERM\n");
    OpensslKey.make(file("key"), file("cert"), "Vendor");
    write("password", "secret\n");
    output("openssl", "x509", "-in", file("cert"), "-outform", "DER", "-out", file("cert.der"));
    output(
        List.of("openssl", "pkcs12", "-export", "-inkey", file("key"), "-in", file("cert")),
        List.of("-out", file("key.p12"), "-passout", "pass:secret"));
    Path policy = file("policy.yaml");
    Cli.ok("patch", "--policy", policy, "-o", file("wired"), good);
    Cli.ok("library", "-o", file("lib.so"));
    Cli.ok(
        List.of("patch", "--policy", policy, "--mode", "needed", "--library", file("lib.so")),
        List.of("-o", file("needing"), good));
    List<Object> sign = List.of("sign", "--key", file("key"), "--cert", file("cert"));
    Cli.ok(sign, "-o", file("signed"), file("wired"));
    Cli.ok(sign, "--detached", file("p7s"), file("wired"));
    Cli.ok("report", "--json", "--ignore-signatures", "-o", file("report.json"), file("wired"));
    Cli.ok("policy", "compile", "-o", file("filter"), policy);
    logs();
    for (Target target : List.of(Target.X86_64, Target.I386, Target.S390X)) {
      Files.write(file("core-" + target), new SampleCore(target).build(41).toArray());
    }
    containers(Files.readAllBytes(good));
  }

  private void policies() throws IOException {
    for (Map.Entry<String, String> one : POLICIES.entrySet()) {
      write("policy-" + one.getKey(), one.getValue());
    }
    write(
        "policy.yaml",
        """
        version: 1
        default: allow
        rules:
          - errno EPERM: [acct]
          - log: [socket]
            when: domain == AF_INET
        """);
    for (String format : List.of("oci", "env", "kubernetes")) {
      String from = format.equals("env") ? "simple.yaml" : "policy.yaml";
      write("simple.yaml", "version: 1\ndefault: allow\nrules:\n  - errno EPERM: [acct]\n");
      Cli.ok("policy", "convert", "--to", format, "-o", file("policy-" + format), file(from));
    }
  }

  private void logs() throws IOException {
    write(
        "log-strace",
        """
        7 execve("/bin/a", ["a"], 0x7ffd /* 3 vars */) = 0
        7 openat(AT_FDCWD, "/etc/x", O_RDONLY|O_CLOEXEC <unfinished ...>
        8 ioctl(1, TCGETS, {c_iflag=ICRNL|IXON}) = 0
        7 <... openat resumed>) = 3
        7 clone(child_stack=NULL, flags=CLONE_CHILD_CLEARTID|SIGCHLD) = 9
        9 socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) = 4
        9 exit_group(0) = ?
        9 +++ exited with 0 +++
        """);
    write(
        "log-audit",
        """
        type=SECCOMP msg=audit(1.2:3): pid=1 exe="/a" sig=31 arch=c000003e syscall=63 code=0x0
        audit: type=1326 audit(1.2:3): auid=1 pid=1 exe=2F61 sig=31 arch=c000003e syscall=63 \
        compat=0 ip=0x7f code=0x7ffc0000
        type=SYSCALL msg=audit(1.2:4): arch=c000003e syscall=257 success=yes exit=3 a0=1 a1=2 pid=4
        """);
    write(
        "log-journal",
        "{\"MESSAGE\":\"SECCOMP auid=1 pid=2 exe=\\\"/a\\\" arch=c000003e syscall=63\","
            + "\"_TRANSPORT\":\"audit\"}\n{\"MESSAGE\":[65,66,67],\"_PID\":\"1\"}\n");
    write(
        "log-export",
        """
        __CURSOR=x
        MESSAGE
        \u0005\0\0\0\0\0\0\0hello
        _PID=1

        __CURSOR=y
        _TRANSPORT=audit
        MESSAGE=SECCOMP auid=1 pid=2 exe="/a" sig=31 arch=c000003e syscall=63

        """);
  }

  private void containers(byte[] program) throws IOException {
    Files.write(
        file("layer"),
        new ImageBuilder.Archive()
            .directory("bin")
            .file("bin/one", program)
            .add("bin/other", '1', "bin/one", new byte[0])
            .add("sbin", '2', "bin", new byte[0])
            .add("records", 'x', "", "20 path=bin/program\n".getBytes(UTF_8))
            .file("y", program)
            .file("bin/.wh.none", new byte[0])
            .end());
    write(
        "config",
        "{\"architecture\":\"amd64\",\"os\":\"linux\",\"config\":{\"Entrypoint\":[\"/bin/one\"],"
            + "\"Env\":[\"PATH=/bin\"]},\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"DIFF\"]},"
            + "\"history\":[{\"created\":\"2026-01-01T00:00:00Z\",\"created_by\":\"x\"}]}");
    write(
        "image-manifest",
        "{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\","
            + "\"config\":CONFIG,\"layers\":[LAYER],\"annotations\":{\"a\":\"b\"}}");
    MutatedInputs.image(folder, file("image"), "", null);
    output(
        "tar", "-C", file("image"), "-cf", file("image.tar"), "oci-layout", "index.json", "blobs");
    Cli.ok(
        List.of("apply", "--attest", "--sign-key", file("key"), "--sign-cert", file("cert")),
        List.of("--root", file("image"), "--output", file("attested"), file("all.yaml")));
    output("tar", "-C", file("attested"), "-cf", file("attested.tar"), ".");
    Path control = Files.createDirectories(file("package/DEBIAN"));
    Files.write(Files.createDirectories(file("package/bin")).resolve("one"), program);
    Files.writeString(
        control.resolve("control"),
        """
        Package: x
        Version: 1
        Architecture: amd64
        Maintainer: N <n@example.org>
        Description: x
        """);
    for (String kind : List.of("gzip", "xz", "zstd")) {
      output(
          List.of("dpkg-deb", "--uniform-compression", "-Z" + kind, "-b"),
          List.of(file("package"), file("deb-" + kind)));
    }
    output("sh", "-c", "dpkg-deb --fsys-tarfile \"$1/deb-gzip\" > \"$1/data\"", "sh", folder);
    output("sh", "-c", "dpkg-deb --ctrl-tarfile \"$1/deb-gzip\" > \"$1/control\"", "sh", folder);
  }

  /** Runs so many mutants of each kind of input, or of the kinds that are named. */
  private void run(int each, List<String> kinds) throws Exception {
    Path report = Path.of("target", "mutated-inputs-%d.txt".formatted(each));
    Files.createDirectories(report.getParent());
    Process process =
        Cli.java(MutatedInputs.class)
            .heap(HEAP)
            .start(report, file("err"), Programs.strings(folder, each, kinds));
    boolean hasEnded = process.waitFor(6, TimeUnit.HOURS);
    process.destroyForcibly();
    String text = Files.readString(report);
    assertThat(Files.readString(file("err"))).as(text).isEmpty();
    assertThat(hasEnded && process.exitValue() == 0).as(text).isTrue();
    assertThat(text).doesNotContain("FAULT").contains(MutatedInputs.KINDS.size() + " kinds");
  }

  @Test
  void someMutantsOfEachKind() throws Exception {
    run(SAMPLE, List.of());
  }

  @Test
  @Tag("long")
  @Timeout(20_000)
  void aThousandMutantsOfEachKind() throws Exception {
    run(EACH, List.of());
  }
}
