package dev.hardwire.formats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.hardwire.arch.Target;
import dev.hardwire.formats.firecracker.FirecrackerFormat;
import dev.hardwire.formats.kafel.KafelReader;
import dev.hardwire.formats.minijail.MinijailReader;
import dev.hardwire.formats.oci.KubernetesFormat;
import dev.hardwire.formats.oci.OciReader;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.text.ReadPolicy;
import dev.hardwire.policy.text.YamlPolicyReader;
import dev.hardwire.policy.text.YamlPolicyWriter;
import dev.hardwire.work.PolicyFormats;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Files of several policies: Kubernetes resources, and filters of Firecracker; and kafel's. */
class NamedPoliciesTest {
  private static final String RESOURCE =
      "apiVersion: security-profiles-operator.x-k8s.io/v1beta1\nkind: SeccompProfile\n";

  private static final String PROFILES =
      "---\n"
          + RESOURCE
          + "metadata: {name: base}\nspec:\n  defaultAction: SCMP_ACT_ALLOW\n  syscalls:\n"
          + "  - {action: SCMP_ACT_ALLOW, names: [read, write]}\n  - {action: SCMP_ACT_LOG, names:"
          + " [getpid]}\n---\n"
          + RESOURCE
          + "metadata: {name: web}\n"
          + "spec:\n"
          + "  baseProfileName: base\n"
          + "  defaultAction: SCMP_ACT_ERRNO\n"
          + "  syscalls:\n"
          + "  - action: SCMP_ACT_ALLOW\n"
          + "    names: [socket, getpid]\n"
          + "    args: []\n"
          + "    comment: it talks\n";

  private static final String POD =
      """
      apiVersion: v1
      kind: Pod
      metadata: {name: p}
      spec:
        securityContext:
          seccompProfile: {type: Localhost, localhostProfile: operator/ns/web.json}
        containers:
        - {name: one, image: x}
        - {name: two, image: x}
      """;

  @TempDir Path folder;

  private Path write(String name, String text) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, text);
  }

  private static Policy read(Path file, String... selected) throws IOException {
    ReadOptions options = new ReadOptions(Target.X86_64).withSelected(List.of(selected));
    PolicyFormat format = PolicyFormats.detect(Files.readAllBytes(file), file.toString());
    return format.read(List.of(file), options).policy();
  }

  private static String rules(Policy policy) {
    String text = YamlPolicyWriter.write(policy);
    return text.substring(text.indexOf("default:"), text.indexOf("no_new_privs"));
  }

  private static void fails(Path file, String message, String... selected) {
    assertThatExceptionOfType(PolicyException.class)
        .isThrownBy(() -> read(file, selected))
        .satisfies(e -> assertThat(e.getMessage()).contains(message));
  }

  @Test
  void profilesAddTheRulesOfTheirBase() throws IOException {
    Path file = write("profiles.yaml", PROFILES);
    Policy web = read(file, "web");
    assertThat(web.name()).isEqualTo("web");
    assertThat(rules(web))
        .isEqualTo(
            """
            default: errno EPERM
            rules:
              - allow: [socket, getpid]
                because: "it talks"
              - allow: [read, write]
            """);
    fails(file, "the file has the profiles base, web; choose by --select");
    fails(file, "\"wbe\" is not among the profiles; did you mean \"web\"?", "wbe");
  }

  @Test
  void basesAreFoundInFiles() throws IOException {
    String web = PROFILES.substring(PROFILES.lastIndexOf("---"));
    Path file = write("web.yaml", web);
    fails(file, "no profile \"base\" in the file, and no file base.yaml or base.json beside it");
    write(
        "base.json",
        "{\"defaultAction\":\"SCMP_ACT_LOG\",\"syscalls\":[{\"names\":[\"close\"],"
            + "\"action\":\"SCMP_ACT_ALLOW\"}]}");
    assertThat(rules(read(file))).contains("  - allow: [close]\n");
    write("base.yaml", PROFILES.substring(0, PROFILES.lastIndexOf("---")));
    assertThat(rules(read(file))).contains("  - allow: [read, write]\n");
    write("base.yaml", web.replace("name: web", "name: base"));
    fails(file, "\"base\" is its own base profile");
    fails(write("r.yaml", web.replace("base\n", "oci://ghcr.io/x:1\n")), "is in a registry");
  }

  @Test
  void podsNameProfiles() throws IOException {
    write("web.yaml", PROFILES);
    Path pod = write("pod.yaml", POD);
    assertThat(read(pod).name()).isEqualTo("web");
    Path both = write("both.yaml", POD + PROFILES);
    assertThat(read(both).name()).isEqualTo("web");
    assertThat(read(both, "base").name()).isEqualTo("base");
    String other =
        POD.replace(
            "{name: two, image: x}",
            "{name: two, securityContext: {seccompProfile: {type: Localhost, localhostProfile:"
                + " base.json}}}");
    Path two = write("two.yaml", other + PROFILES);
    fails(two, "the file has the containers with profiles one, two; choose by --select");
    assertThat(read(two, "two").name()).isEqualTo("base");
    String deployment =
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec:\n  template:\n"
            + POD.substring(POD.indexOf("spec:")).indent(4);
    assertThat(read(write("deployment.yaml", deployment)).name()).isEqualTo("web");
    String annotated =
        "kind: Pod\nmetadata:\n  annotations:\n    seccomp.security.alpha.kubernetes.io/pod:"
            + " localhost/operator/x/web.json\nspec:\n  containers: [{name: c}]\n";
    assertThat(read(write("annotated.yaml", annotated)).name()).isEqualTo("web");
    fails(
        write("default.yaml", POD.replace("Localhost", "RuntimeDefault")),
        "\"RuntimeDefault\" names no profile of a file");
    fails(write("none.yaml", "kind: Service\nspec: {}\n"), "the file has no SeccompProfile");
  }

  @Test
  void kubernetesIsWrittenAsOneResource() throws IOException {
    Policy web = read(write("profiles.yaml", PROFILES), "web");
    String text = new KubernetesFormat().write(web, Target.X86_64);
    assertThat(text).startsWith(RESOURCE + "metadata:\n  name: web\nspec:\n  {");
    assertThat(rules(read(write("again.yaml", text))))
        .isEqualTo(
            """
            default: errno EPERM
            rules:
              - allow: [read, write]
              - allow: [getpid, socket]
                because: "it talks"
            """);
  }

  private static final String THREADS =
      "{\"vmm\":{\"default_action\":\"trap\",\"filter_action\":\"allow\",\"filter\":["
          + "{\"syscall\":\"read\"},{\"syscall\":\"mmap\",\"comment\":\"for\\tdisks\",\"args\":["
          + "{\"index\":3,\"type\":\"dword\",\"op\":\"eq\",\"val\":34},"
          + "{\"index\":2,\"type\":\"qword\",\"op\":{\"masked_eq\":4},\"val\":0}]},"
          + "{\"syscall\":\"ioctl\",\"args\":[{\"index\":1,\"type\":\"qword\",\"op\":\"ge\","
          + "\"val\":5}]}]},\"api\":{\"default_action\":\"trap\",\"filter_action\":\"allow\","
          + "\"filter\":[{\"syscall\":\"write\"},{\"syscall\":\"ioctl\"}]},"
          + "\"odd\":{\"default_action\":{\"errno\":5},\"filter_action\":\"log\",\"filter\":[]}}";

  @Test
  void aThreadsFilterOrTheirUnion() throws IOException {
    Path file = write("f.json", THREADS);
    assertThat(rules(read(file, "vmm")))
        .isEqualTo(
            """
            default: trap
            rules:
              - allow: [read]
              - allow: [mmap]
                when: "u32(arg3) == 34 && (arg2 & 4) == 0"
                because: "for disks"
              - allow: [ioctl]
                when: "unsigned(arg1) >= 5"
            """);
    assertThat(rules(read(file, "vmm", "api")))
        .contains("[read]", "[write]", "[ioctl]")
        .doesNotContain("unsigned");
    assertThat(rules(read(file, "odd"))).isEqualTo("default: errno EIO\nrules: []\n");
    fails(file, "the file has the filters vmm, api, odd; choose by --select");
    fails(file, "the selected filters have different default actions, and no union", "vmm", "odd");
    fails(
        write("g.json", THREADS.replace("\"trap\"", "{\"trace\":1}")), "\"trace\" needs a", "vmm");
    fails(write("g.json", THREADS.replace("dword", "word")), "type must be dword or qword", "vmm");
    fails(write("g.json", THREADS.replace("\"eq\"", "\"eqq\"")), "unknown op \"eqq\"", "vmm");
    fails(write("g.json", THREADS.replace(":34", ":4294967296")), "val does not fit", "vmm");
  }

  @Test
  void firecrackersFormIsReadBack() throws IOException {
    Policy api = read(write("f.json", THREADS), "api");
    String text = new FirecrackerFormat().write(api, Target.X86_64);
    assertThat(rules(read(write("again.json", text))))
        .isEqualTo("default: trap\nrules:\n  - allow: [write]\n  - allow: [ioctl]\n");
    Policy mixed =
        YamlPolicyReader.read(
            "version: 1\ndefault: trap\nrules: [{allow: [read]}, {log: [write]}]"
                .getBytes(StandardCharsets.UTF_8),
            "p.yaml");
    assertThatExceptionOfType(PolicyException.class)
        .isThrownBy(() -> new FirecrackerFormat().write(mixed, Target.X86_64))
        .withMessageContaining("firecracker cannot express log beside allow in one filter");
  }

  @Test
  void kafelsLanguageIsReadInOrder() throws IOException {
    write("inc/more.kafel", "POLICY more { ERRNO(EPERM_) { socket(domain) { domain == 16 } } }");
    Path file =
        write(
            "inc/main.kafel",
            """
            /* a comment // * ***/
            #define EPERM_ 1
            #define binary 0b11
            #define special 9999
            #include "more.kafel";
            POLICY first {
              ALLOW { read { fd == 0, fd > 2 && count < 010 }, // comment
                newuname, SYSCALL[0x2710](x, y) { y == special }, special,
                SYSCALL[0b10000000101], SYSCALL[binary], SYSCALL[010], SYSCALL[-1],
                arm_fadvise64_64 ON arm, openat ON {x86_64, aarch64} {}
              },
              USE more
            }
            USE first
            KILL_PROCESS { ptrace }
            DEFAULT ERRNO(38)
            """);
    assertThat(rules(read(file)))
        .isEqualTo(
            """
            default: errno ENOSYS
            rules:
              - allow: [read]
                when: "fd == 0 || (unsigned(fd) > 2 && unsigned(count) < 8)"
              - allow: [uname]
              - allow: ["nr 10000"]
                when: "arg1 == 0x270f"
              - allow: ["nr 9999"]
              - allow: ["nr 1029"]
              - allow: ["nr 3"]
              - allow: ["nr 8"]
              - allow: ["nr 4294967295"]
              - allow: [openat]
              - errno EPERM: [socket]
                when: "arg0 == 16"
              - kill-process: [ptrace]
            """);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '^',
      value = {
        "USE nothing DEFAULT KILL^1:5: no policy \"nothing\" is defined before this line",
        "ALLOW { nonsense }^1:9: \"nonsense\" is not a known system call",
        "ALLOW { read(a, a) { a == 1 } }^1:17: the argument \"a\" is named twice",
        "ALLOW { read(a,b,c,d,e,f,g) }^a call has at most 6 arguments",
        "ALLOW { read { fd == } }^expected an argument or a constant",
        "ALLOW { read { fd == count } }^both sides of \"==\" are arguments",
        "TRACE(1) { read }^1:1: \"TRACE\" needs another process",
        "TRAP(5) { read }^1:1: TRAP with a number other than 0",
        "ERRNO(5000) { read }^1:1: ERRNO: error number 5000 is not within 0 to 4095",
        "DEFAULT KILL DEFAULT KILL^1:14: DEFAULT is given twice",
        "POLICY a { } POLICY a { }^1:21: the policy \"a\" is defined twice",
        "ALLOW { read } /* open^1:16: the comment does not end",
        "/* a **/ ALLOW { ptrace } /* */^1:6: kafel does not end a comment by an even number of",
        "ALLOW { SYSCALL[0b2] }^1:9: \"0b2\" is not the number of a call",
        "ALLOW { read ON vax }^1:17: unknown architecture \"vax\"",
        "ALLOW { read^expected \"}\", not the end of the file",
        "#include \"x.policy\"  ALLOW { read }^1:10: cannot find \"x.policy\"",
      })
  void faultsOfKafelsLanguageHaveAPlace(String text, String message) throws IOException {
    Path file = write("p.kafel", text);
    assertThatExceptionOfType(PolicyException.class)
        .isThrownBy(() -> KafelReader.read(file, new ReadOptions(Target.X86_64)))
        .satisfies(e -> assertThat(e.getMessage()).contains(message));
  }

  @Test
  void minijailTakesRepeatedLinesAndFilesOfASystem() throws IOException {
    Path root = Files.createDirectories(folder.resolve("image"));
    write("image/usr/share/policy/c.frequency", "read: 7\n");
    write("image/usr/share/policy/common.policy", "@frequency ./c.frequency\nread: 1\nclose: 1\n");
    Path file = write("a.policy", "@include /usr/share/policy/common.policy\nread:1\nwrite: 1\n");
    ReadOptions options = new ReadOptions(Target.X86_64).withIncludeRoots(List.of(root));
    ReadPolicy read = MinijailReader.read(file, options);
    assertThat(rules(read.policy()))
        .isEqualTo(
            "default: kill-process\nrules:\n  - allow: [read]\n  - allow: [close]\n  - allow:"
                + " [write]\n");
    assertThat(read.policy().weights()).isEqualTo(Map.of("read", 7L));
    assertThat(read.warnings()).hasSize(1);
    assertThat(read.warnings().get(0).message()).contains("this line repeats ");
    ReadOptions below = options.withIncludeRoots(List.of(root.resolve("usr/share/policy")));
    assertThat(MinijailReader.read(file, below).policy()).isEqualTo(read.policy());
  }

  @Test
  void aMapOfArchitecturesNeedNotNameTheMachines() {
    String profile =
        "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"archMap\":[{\"architecture\":\"SCMP_ARCH_X86_64\"}],"
            + "\"syscalls\":[{\"names\":[\"swapcontext\"],\"action\":\"SCMP_ACT_ALLOW\","
            + "\"includes\":{\"arches\":[\"ppc64le\"]}}]}";
    Policy policy =
        OciReader.read(
                profile.getBytes(StandardCharsets.UTF_8), "p.json", new ReadOptions(Target.PPC64LE))
            .policy();
    assertThat(rules(policy)).contains("- allow: [swapcontext]");
  }
}
