package dev.hardwire.live.foreign;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.arch.Target;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.Section;
import dev.hardwire.filter.Filter;
import dev.hardwire.live.library.EnvironmentPolicies;
import dev.hardwire.testing.Carriers;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The filters that library and launcher build from the environment on other architectures decide as
 * the compiler's do. Their source is compiled into a program that prints the filter, and qemu-user
 * runs it.
 */
@Execution(ExecutionMode.CONCURRENT)
class ForeignEnvironmentTest {
  private static final Path SOURCES = Path.of("../stub-asm");
  private static final Path PRINTER = Path.of("../fixtures/src/tools/print-filter.c");
  private static final String COMPILER = "gcc-14";

  /** Where a blob's header says where its data are, and how many bytes. */
  private static final int DATA = 40;

  /** Of so many policies, the usual profile takes one; each for two architectures. */
  private static final int SAMPLE = 3;

  @TempDir private Path folder;

  static Stream<ForeignMachine> machines() {
    return ForeignMachine.all();
  }

  @ParameterizedTest
  @MethodSource("machines")
  void policiesDecideAsTheCompilers(ForeignMachine machine) throws IOException {
    check(machine, SAMPLE);
  }

  @ParameterizedTest
  @MethodSource("machines")
  @Tag("long")
  void everyPolicyDecidesAsTheCompilers(ForeignMachine machine) throws IOException {
    check(machine, 1);
  }

  private void check(ForeignMachine machine, int step) throws IOException {
    Target architecture = Target.ofName(machine.id()).orElseThrow();
    Path library = new Carriers(folder).library(machine.id());
    Path names = Files.write(folder.resolve("names"), names(library).toArray());
    Path printer = folder.resolve("printer");
    Programs.output(
        machine.tool(COMPILER),
        "-std=c17",
        "-O0",
        "-fomit-frame-pointer", // which would take arm's register of numbers of calls
        "-static",
        "-I" + SOURCES.resolve(machine.id()),
        "-I" + SOURCES,
        "-o",
        printer,
        PRINTER);
    List<Map<String, String>> all = EnvironmentPolicies.all(architecture);
    assertThat(all).hasSizeGreaterThan(50);
    List<Map<String, String>> policies =
        IntStream.range(0, all.size())
            .filter(policy -> policy % step == architecture.ordinal() % step)
            .mapToObj(all::get)
            .toList();
    Path environments = Files.writeString(folder.resolve("environments"), text(policies));
    Outcome outcome = Programs.run("qemu-" + machine.id(), printer, names, environments);
    assertThat(outcome.status()).as(outcome.err()).isZero();
    Bytes printed =
        Bytes.wrap(outcome.out().getBytes(StandardCharsets.ISO_8859_1))
            .withOrder(architecture.order());
    long at = 0;
    for (Map<String, String> policy : policies) {
      long size = printed.u32(at) * Filter.INSTRUCTION_SIZE;
      Filter filter = Filter.decode(printed.slice(at + Integer.BYTES, size));
      EnvironmentPolicies.decidesAsTheCompilers(filter, policy, architecture);
      at += Integer.BYTES + size;
    }
    assertThat(at).isEqualTo(printed.size());
  }

  /** Each environment, with other variables around those of the policy. */
  private static String text(List<Map<String, String>> policies) {
    StringBuilder text = new StringBuilder();
    for (Map<String, String> policy : policies) {
      text.append("PATH=/usr/bin\0");
      policy.forEach((name, value) -> text.append(name + "=" + value + "\0"));
      text.append("LC_ALL=C\0\0");
    }
    return text.toString();
  }

  /** The tables of names are the data of the blob that the code is. */
  private static Bytes names(Path library) throws IOException {
    ElfFile elf = ElfFile.parse(Bytes.wrap(Files.readAllBytes(library)));
    Section text = elf.section(s -> s.name().equals(".text")).orElseThrow();
    Bytes blob = elf.bytes().slice(text.offset(), text.size());
    Bytes header = blob.withOrder(elf.machine().order());
    return blob.slice(header.u32(DATA), header.u32(DATA + Integer.BYTES));
  }
}
