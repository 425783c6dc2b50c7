package dev.hardwire.formats;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.arch.Target;
import dev.hardwire.filter.Filter;
import dev.hardwire.filter.compile.FilterCompiler;
import dev.hardwire.filter.prove.FilterProof;
import dev.hardwire.filter.resolve.ResolvedPolicy;
import dev.hardwire.formats.oci.OciFormat;
import dev.hardwire.formats.systemd.SystemdFormat;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.text.ReadPolicy;
import dev.hardwire.policy.text.YamlPolicyReader;
import dev.hardwire.policy.text.YamlPolicyWriter;
import dev.hardwire.work.PolicyFormats;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Policies that nobody here wrote: units of Debian's services, and the profiles that its packages
 * ship.
 */
@Tag("system")
class RealFilesTest {
  private static final Path UNITS = Path.of("/usr/lib/systemd/system");
  private static final Path PROFILES = Path.of("/usr/share/containers");

  /** The first of the files that say the same of calls. */
  static Collection<Path> differentFiles() throws IOException {
    Map<String, Path> different = new TreeMap<>();
    for (Path file : files()) {
      different.putIfAbsent(file.startsWith(UNITS) ? calls(file) : file.toString(), file);
    }
    return different.values();
  }

  /** What a unit says of calls. */
  private static String calls(Path unit) throws IOException {
    return Files.readAllLines(unit).stream()
        .filter(line -> line.matches("(SystemCall|NoNewPrivileges).*"))
        .collect(Collectors.joining("\n"));
  }

  static List<Path> files() throws IOException {
    try (Stream<Path> units = Files.list(UNITS);
        Stream<Path> profiles = Files.list(PROFILES)) {
      return Stream.concat(
              units.filter(file -> holds(file, "\nSystemCallFilter=")),
              profiles.filter(file -> file.toString().endsWith(".json")))
          .sorted()
          .toList();
    }
  }

  private static boolean holds(Path file, String text) {
    try {
      return Files.isRegularFile(file) && Files.readString(file).contains(text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void theFilesAreThere() throws IOException {
    assertThat(files()).hasSizeGreaterThanOrEqualTo(8).contains(PROFILES.resolve("seccomp.json"));
  }

  @ParameterizedTest
  @MethodSource("differentFiles")
  void isConvertedExactlyOrRefused(Path file, @TempDir Path folder) throws IOException {
    convert(file, folder);
  }

  @ParameterizedTest
  @MethodSource("files")
  @Tag("long")
  void everyFileIsConvertedExactlyOrRefused(Path file, @TempDir Path folder) throws IOException {
    convert(file, folder);
  }

  private static void convert(Path file, Path folder) throws IOException {
    ReadOptions options = new ReadOptions(Target.X86_64);
    Policy policy = PolicyFormats.read(List.of(file), Optional.empty(), options).policy();
    Set<PolicyFormat> converted = new HashSet<>();
    for (PolicyFormat format : PolicyFormats.all()) {
      try {
        String text = format.write(policy, Target.X86_64);
        Path written = Files.writeString(folder.resolve("written"), text);
        Policy again = PolicyFormats.read(List.of(written), Optional.empty(), options).policy();
        assertThat(
                FilterProof.compare(
                    ResolvedPolicy.of(policy, Target.X86_64),
                    ResolvedPolicy.of(again, Target.X86_64)))
            .as("%s", format)
            .isEmpty();
        converted.add(format);
      } catch (PolicyException e) {
        assertThat(e).hasMessageStartingWith(file + ":").hasMessageContaining(" cannot express ");
      }
    }
    assertThat(converted).contains(new YamlFormat(), new OciFormat());
    boolean isList = policy.rules().stream().allMatch(rule -> rule.condition().isEmpty());
    if (file.startsWith(UNITS) && isList) {
      assertThat(converted).contains(new SystemdFormat());
    }
  }

  @ParameterizedTest
  @MethodSource("differentFiles")
  void isReadCompiledAndWrittenWithoutLoss(Path file) throws IOException {
    compile(file);
  }

  @ParameterizedTest
  @MethodSource("files")
  @Tag("long")
  void everyFileIsReadCompiledAndWrittenWithoutLoss(Path file) throws IOException {
    compile(file);
  }

  private static void compile(Path file) throws IOException {
    ReadPolicy read =
        PolicyFormats.read(List.of(file), Optional.empty(), new ReadOptions(Target.X86_64));
    Policy policy = read.policy();
    ResolvedPolicy resolved = ResolvedPolicy.of(policy, Target.X86_64);
    Filter filter = FilterCompiler.compile(policy, Target.X86_64);
    assertThat(FilterProof.check(filter, resolved)).isEmpty();
    byte[] text = YamlPolicyWriter.write(policy).getBytes(StandardCharsets.UTF_8);
    assertThat(YamlPolicyReader.read(text, "written")).isEqualTo(policy);
    assertThat(PolicyFormats.detect(Files.readAllBytes(file), file.toString()))
        .isEqualTo(file.startsWith(UNITS) ? new SystemdFormat() : new OciFormat());
  }
}
