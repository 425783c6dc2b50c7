package dev.hardwire.live.truth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.elf.ProgramHeader;
import dev.hardwire.testing.Fixtures;
import dev.hardwire.testing.Programs;
import dev.hardwire.verify.Expectations;
import dev.hardwire.verify.Verifier;
import dev.hardwire.verify.result.Check;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Under {@code first}, the rules about the kernel's loading hold alone: whatever else a file says,
 * if they hold, the kernel enters the blob as it is in the file. Headers are changed in programs
 * that are hard-wired already, and the checks that account for every byte are left out.
 */
class EnteredTest {
  private static final int USUAL = 500;
  private static final int LONG = 100_000;
  private static final Set<String> RULES = Set.of("elf", "notes", "loader", "blob", "stub", "hook");
  private static final Treatment WAY = Treatment.once(Treatment.Kind.FIRST);
  private static final List<Mutation> MUTATIONS = mutations();

  @TempDir private Path folder;

  private static List<Mutation> mutations() {
    List<Mutation> all = new ArrayList<>();
    HeaderMutations.addTo(all);
    SegmentMutations.addTo(all);
    SegmentMutations.addTo(all);
    all.add(EnteredTest::nearTheBlob);
    all.add(EnteredTest::nearTheBlob);
    all.add(EnteredTest::nearTheBlob);
    return all;
  }

  /** A segment that ends, begins or lies where the blob is. */
  private static void nearTheBlob(Draft d) {
    List<ProgramHeader> loads = d.anatomy.elf.loads();
    ProgramHeader blob = loads.get(loads.size() - 1);
    int entry = d.pick(d.anatomy.programHeaders);
    long page = d.pick(0x1000, 0x1_0000);
    long place = d.pick(blob.vaddr(), blob.memoryEnd(), blob.vaddr() - page, blob.vaddr() + 64);
    place += d.pick(0, 0, 1, 8, 0xfff);
    if (d.chance(50)) {
      SegmentMutations.Field.TYPE.set(d, entry, 1);
    }
    if (d.chance(50)) {
      SegmentMutations.Field.VADDR.set(d, entry, place);
      SegmentMutations.Field.OFFSET.set(d, entry, d.pick(0, page) + Math.floorMod(place, page));
    } else {
      SegmentMutations.Field.MEMSZ.set(
          d, entry, place - SegmentMutations.Field.VADDR.get(d, entry));
    }
    if (d.chance(50)) {
      SegmentMutations.Field.FILESZ.set(d, entry, d.pick(0, 8, 64, 0x1000, 0x2000));
    }
  }

  private enum Result {
    UNCHANGED,
    REFUSED,
    REFUSED_AND_ELSEWHERE,
    ENTERED,
    NOT_EXECUTED,
    VIOLATION
  }

  @Test
  void whatTheRulesAcceptIsEntered() throws IOException {
    run(USUAL, 17);
  }

  @Test
  @Tag("long")
  @Timeout(7200)
  void whatTheRulesAcceptIsEnteredOfMany() throws IOException {
    run(LONG, 52);
  }

  /** The mutants that are accepted, in another kernel. */
  @ParameterizedTest
  @ValueSource(strings = {"linux-5.10", "linux-6.1"})
  @Tag("long")
  @Timeout(7200)
  void whatTheRulesAcceptIsEnteredByOldKernels(String guest) throws IOException {
    int count = Integer.getInteger("hardwire.truth.mutants", LONG / 10);
    List<Anatomy> subjects = subjects();
    Path shared = Files.createDirectory(folder.resolve("t"));
    List<String> requests = new ArrayList<>();
    List<String> changes = new ArrayList<>();
    for (int number = 0; number < count; number++) {
      Draft draft = mutant(subjects, 54, number);
      Bytes mutant = draft.bytes();
      if (!mutant.equals(draft.anatomy.elf.bytes()) && isAccepted(mutant)) {
        Path file = shared.resolve("m" + number);
        Files.write(file, mutant.toArray());
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
        requests.add(request(Path.of("/t", "m" + number), draft.anatomy.elf));
        changes.add("mutant %d: %s".formatted(number, draft.changes()));
      }
    }
    GuestRun.script(guest, "get");
    Files.copy(GuestRun.GUESTS.resolve("built/amd64/entered"), shared.resolve("entered"));
    Files.write(shared.resolve("requests"), requests);
    Files.writeString(shared.resolve("all.sh"), "./entered < requests > /r/answers\n");
    GuestRun.script(guest, "boot", shared.toString());
    List<String> answers = Files.readAllLines(shared.resolve("results/all/answers"));
    assertThat(answers).hasSameSizeAs(requests);
    Map<String, Integer> tally = new TreeMap<>();
    List<String> violations = new ArrayList<>();
    for (int i = 0; i < answers.size(); i++) {
      tally.merge(answers.get(i), 1, Integer::sum);
      if (!answers.get(i).equals("same") && !answers.get(i).equals("not executed")) {
        violations.add(changes.get(i) + ": " + answers.get(i));
      }
    }
    System.out.println("EnteredTest: %s, %d mutants, %s".formatted(guest, count, tally));
    assertThat(violations).isEmpty();
    assertThat(tally.getOrDefault("same", 0)).isGreaterThan(count / 20);
  }

  private static List<Anatomy> subjects() throws IOException {
    List<Anatomy> subjects = new ArrayList<>();
    for (Subject subject : Subject.all().stream().distinct().toList()) {
      subject.patched(WAY).ifPresent(subjects::add);
    }
    assertThat(subjects).hasSizeGreaterThan(5);
    return subjects;
  }

  private static Draft mutant(List<Anatomy> subjects, long seed, int number) {
    Random random = new Random(seed * 1_000_003 + number);
    random.nextInt(); // the first numbers of near seeds are alike
    Draft draft = new Draft(subjects.get(random.nextInt(subjects.size())), random);
    int changes = 1 + random.nextInt(3);
    for (int i = 0; i < changes; i++) {
      draft.pick(MUTATIONS).apply(draft);
    }
    return draft;
  }

  private void run(int usual, long seed) throws IOException {
    int count = Integer.getInteger("hardwire.truth.mutants", usual);
    List<Anatomy> subjects = subjects();
    Map<Result, Integer> tally = new TreeMap<>();
    List<String> violations = new ArrayList<>();
    Process tool =
        Programs.start(
            new ProcessBuilder(Fixtures.tool("entered").toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT));
    try (Writer requests = tool.outputWriter(StandardCharsets.US_ASCII);
        BufferedReader answers =
            new BufferedReader(
                new InputStreamReader(tool.getInputStream(), StandardCharsets.US_ASCII))) {
      for (int number = 0; number < count; number++) {
        Draft draft = mutant(subjects, seed, number);
        Result result = judge(draft, requests, answers);
        tally.merge(result, 1, Integer::sum);
        if (result == Result.VIOLATION) {
          violations.add("seed %d, mutant %d: %s".formatted(seed, number, draft.changes()));
        }
      }
    } finally {
      tool.destroy();
    }
    Files.writeString(Path.of("target", "entered.txt"), "seed %d, %s%n".formatted(seed, tally));
    System.out.println("EnteredTest: seed %d, %s".formatted(seed, tally));
    assertThat(violations).isEmpty();
    assertThat(tally.get(Result.ENTERED)).isGreaterThan(count / 20);
    assertThat(tally.get(Result.REFUSED)).isGreaterThan(count / 20);
    // the rules are needed
    assertThat(tally.get(Result.REFUSED_AND_ELSEWHERE)).isGreaterThan(count / 200);
  }

  private Result judge(Draft draft, Writer requests, BufferedReader answers) throws IOException {
    Bytes mutant = draft.bytes();
    if (mutant.equals(draft.anatomy.elf.bytes())) {
      return Result.UNCHANGED;
    }
    boolean accepted = isAccepted(mutant);
    String answer = enter(mutant, draft.anatomy.elf, requests, answers);
    if (answer.equals("elsewhere")) {
      return accepted ? Result.VIOLATION : Result.REFUSED_AND_ELSEWHERE;
    }
    if (!accepted) {
      return Result.REFUSED;
    }
    return answer.equals("same") ? Result.ENTERED : Result.NOT_EXECUTED;
  }

  /** Whether those checks hold that the proof rests on, whatever the others say. */
  private static boolean isAccepted(Bytes mutant) {
    try {
      Set<String> passed =
          Verifier.verify(mutant, Expectations.NONE).checks().stream()
              .filter(Check::passed)
              .map(Check::name)
              .collect(Collectors.toSet());
      return passed.containsAll(RULES);
    } catch (ElfFormatException refused) {
      return false;
    }
  }

  private String enter(Bytes mutant, ElfFile good, Writer requests, BufferedReader answers)
      throws IOException {
    Path file = folder.resolve("mutant");
    Files.deleteIfExists(file);
    Files.write(file, mutant.toArray());
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    requests.write(request(file, good) + "\n");
    requests.flush();
    return Optional.ofNullable(answers.readLine()).orElseThrow();
  }

  /** Where the blob is in a file, and in the file that it was made of. */
  private static String request(Path file, ElfFile good) {
    long entry = good.header().entry();
    ProgramHeader blob =
        good.loads().stream().filter(p -> p.overlapsMemory(entry, entry + 1)).findFirst().get();
    return "%s %d %d %d".formatted(file, blob.offset(), blob.filesz(), entry - blob.vaddr());
  }
}
