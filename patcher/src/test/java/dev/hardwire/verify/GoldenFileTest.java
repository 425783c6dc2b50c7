package dev.hardwire.verify;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.arch.Target;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.note.HardwireNotes;
import dev.hardwire.elf.note.Release;
import dev.hardwire.patch.Format;
import dev.hardwire.patch.OriginalBytes;
import dev.hardwire.patch.PlannedPatch;
import dev.hardwire.patch.plan.PatchRequest;
import dev.hardwire.patch.plan.PatchSettings;
import dev.hardwire.policy.Hook;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.text.YamlPolicyReader;
import dev.hardwire.policy.text.YamlPolicyWriter;
import dev.hardwire.testing.DynamicElf;
import dev.hardwire.testing.SampleElf;
import dev.hardwire.verify.result.Check;
import dev.hardwire.verify.result.Report;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Patched files of each release, which verify for ever. They are rebuilt here, byte for byte, from
 * the programs in {@link SampleElf} and {@link DynamicElf}. {@code -Dhardwire.golden=write} writes
 * those of a release that has not appeared yet.
 */
class GoldenFileTest {
  private static final Path GOLDEN = Path.of("src/test/resources/dev/hardwire/verify/golden");
  private static final Release RELEASE = new Release(0, 1, 0);
  private static final Path FOLDER = GOLDEN.resolve(RELEASE.toString());

  private static final Policy POLICY =
      policy(
          """
          version: 1
          name: golden
          default: allow
          rules:
            - kill-process: [ptrace, execve]
            - errno ENETDOWN: [uname]
            - errno EPERM: [ioctl]
              when: "arg1 == 0x5412 || (arg2 & 0x10) != 0"
          no_new_privs: true
          log: false
          """);
  private static final Policy ALLOW_LIST =
      policy(
          """
          version: 1
          name: golden allow list
          default: kill-process
          rules:
            - allow: [read, write, exit_group, prctl, seccomp]
          no_new_privs: true
          log: true
          """);

  private static final Policy RESTRICTIONS =
      policy(
          """
          version: 1
          name: golden restrictions
          default: allow
          rules:
            - kill-process: [ptrace]
          no_new_privs: true
          log: false
          landlock:
            read: [/usr, /etc]
            write: [/tmp]
            connect: [443]
            scope: [signal]
          limits:
            core: 0
            dumpable: false
            close-from: 3
          """);

  private static final Policy PHASES =
      policy(
          """
          version: 1
          name: golden phases
          default: kill-process
          rules:
            - allow: [read, write, exit_group, epoll_wait, execve]
          log: true
          phases:
            - name: work
              at: main
              default: allow
              rules:
                - kill-process: [execve]
            - name: serve
              at: {first-call-of: epoll_wait}
              default: kill-process
              rules:
                - allow: [epoll_wait, write, exit_group]
          """);

  private static final Map<String, Bytes> ORIGINALS = new TreeMap<>();
  private static final Map<String, PatchSettings> WAYS = new TreeMap<>();

  static {
    WAYS.put("init", PatchSettings.DEFAULT.withHook(Hook.INIT));
    WAYS.put("entry", PatchSettings.DEFAULT.withHook(Hook.ENTRY));
    WAYS.put("needed", PatchSettings.DEFAULT.withLibrary("/usr/lib/libsandbox.so"));
    Arrays.stream(Target.values())
        .filter(machine -> machine != Target.X86_64)
        .forEach(machine -> ORIGINALS.put(machine.id(), DynamicElf.of(machine)));
    ORIGINALS.put("x86_64", new SampleElf().build());
  }

  private static Policy policy(String yaml) {
    return YamlPolicyReader.read(yaml.getBytes(StandardCharsets.UTF_8), "golden");
  }

  /** Names and contents of all files, built now. */
  private static Map<String, Bytes> built() {
    Map<String, Bytes> files = new TreeMap<>();
    ORIGINALS.forEach(
        (machine, original) ->
            WAYS.forEach(
                (way, settings) -> {
                  // DynamicElf has no start code, which the init hook requires
                  if (!way.equals("init") || machine.equals("x86_64")) {
                    files.put(machine + "-" + way, patched(original, POLICY, settings));
                  }
                }));
    for (String machine : List.of("x86_64", "i386", "s390x")) {
      files.put(
          machine + "-landlock", patched(ORIGINALS.get(machine), RESTRICTIONS, WAYS.get("entry")));
    }
    Bytes fixed = new SampleElf().fixed(0x40_0000).isStatic().withoutProperty().build();
    Bytes base = ORIGINALS.get("x86_64");
    files.put("x86_64-static", patched(fixed, POLICY, WAYS.get("entry")));
    files.put(
        "x86_64-bare",
        patched(new SampleElf().withoutSections().build(), POLICY, PatchSettings.DEFAULT));
    files.put(
        "x86_64-post-init", patched(base, POLICY, PatchSettings.DEFAULT.withHook(Hook.POST_INIT)));
    Bytes server = new SampleElf().imports("epoll_wait").bss(3).build();
    files.put("x86_64-phases", patched(server, PHASES, WAYS.get("init")));
    files.put(
        "x86_64-stack",
        patched(
            files.get("x86_64-init"),
            ALLOW_LIST,
            WAYS.get("init").with(PatchSettings.Existing.STACK)));
    return files;
  }

  private static Bytes patched(Bytes original, Policy policy, PatchSettings settings) {
    ElfFile elf = ElfFile.parse(original);
    PatchRequest request =
        PatchRequest.of(Format.V1.setup(elf.machine(), policy), YamlPolicyWriter.write(policy))
            .withPhases(Format.V1.phases(elf.machine(), policy))
            .madeBy(RELEASE)
            .with(settings);
    return PlannedPatch.of(elf, request).apply();
  }

  private static Path golden(String name) {
    return FOLDER.resolve(name);
  }

  static Stream<String> names() {
    return built().keySet().stream();
  }

  @Test
  void theyAreRebuiltEqual() throws IOException {
    Map<String, Bytes> built = built();
    if (System.getProperty("hardwire.golden", "").equals("write")) {
      Files.createDirectories(FOLDER);
      for (Map.Entry<String, Bytes> file : built.entrySet()) {
        Files.write(golden(file.getKey()), file.getValue().toArray());
      }
    }
    for (Map.Entry<String, Bytes> file : built.entrySet()) {
      assertThat(Files.readAllBytes(golden(file.getKey())))
          .as(file.getKey())
          .isEqualTo(file.getValue().toArray());
    }
    try (Stream<Path> files = Files.list(FOLDER)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrderElementsOf(built.keySet());
    }
  }

  @ParameterizedTest
  @MethodSource("names")
  void theyVerify(String name) throws IOException {
    Bytes file = Bytes.wrap(Files.readAllBytes(golden(name)));
    Report report = Verifier.verify(file, Expectations.NONE);
    assertThat(report.checks())
        .allSatisfy(check -> assertThat(check.passed()).as(check.toString()).isTrue());
    assertThat(report.confinement().orElseThrow().enforcesNothing()).isFalse();
    HardwireNotes notes = HardwireNotes.last(ElfFile.parse(file)).orElseThrow();
    assertThat(notes.version()).isEqualTo(1);
    assertThat(notes.record().release()).isEqualTo(RELEASE);
    Bytes original = OriginalBytes.of(file, notes.record());
    if (name.endsWith("-stack")) {
      HardwireNotes inner = HardwireNotes.last(ElfFile.parse(original)).orElseThrow();
      original = OriginalBytes.of(original, inner.record());
    }
    Expectations expected = Expectations.NONE.withOriginal(original);
    assertThat(Verifier.verify(file, expected).passed()).isTrue();
  }

  @ParameterizedTest
  @MethodSource("names")
  void aFileOfAReleaseThatIsNotKnownIsNotTakenForTampered(String name) throws IOException {
    Bytes file = Bytes.wrap(Files.readAllBytes(golden(name)));
    HardwireNotes notes = HardwireNotes.last(ElfFile.parse(file)).orElseThrow();
    byte[] later = file.toArray();
    Bytes record = notes.record().encode(ElfFile.parse(file).header().order());
    long at = file.indexOf(record.toArray(), 0);
    later[(int) at + 50] = 7;
    later[(int) at + 51] = 0;
    boolean bigEndian = name.startsWith("s390x");
    assertThat(failure(later))
        .isEqualTo(
            "made by Hardwire 0.%d.0, which this version does not know; use that version, or a later one"
                .formatted(bigEndian ? 7 << 8 : 7));
    later = file.toArray();
    later[(int) at + (bigEndian ? 3 : 0)] = 9;
    assertThat(failure(later)).contains(": made by a newer Hardwire (format 9)");
  }

  private static String failure(byte[] file) {
    Report report = Verifier.verify(Bytes.wrap(file), Expectations.NONE);
    Check failed =
        report.checks().stream().filter(check -> !check.passed()).findFirst().orElseThrow();
    assertThat(failed.name()).isEqualTo("notes");
    return failed.detail();
  }
}
