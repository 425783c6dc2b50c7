package dev.hardwire.live.truth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.arch.Target;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.testing.Fixtures;
import dev.hardwire.testing.Programs;
import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Trials for another machine: the files are made and verified here, and run in a guest of {@code
 * fixtures/guests.sh}, all in one boot.
 */
final class GuestRun {
  private final String guest;
  static final Path GUESTS = Fixtures.directory().resolve("guests");
  private final Path folder;
  private final Tally tally = new Tally();
  private final Map<String, List<Trial>> trials = new LinkedHashMap<>();

  /** Run as they are, to see that programs which are not confined are noticed. */
  private final Map<String, List<Subject>> originals = new LinkedHashMap<>();

  /**
   * A run.
   *
   * @param guest its name in {@code guests.sh}
   * @param parent an empty directory
   */
  GuestRun(String guest, Path parent) throws IOException {
    this.guest = guest;
    this.folder = Files.createDirectory(parent.resolve("t"));
    Runner.open(folder);
    script(guest, "get");
  }

  /** Makes trials with the programs of one of Debian's architectures. */
  void add(String architecture, List<Treatment> ways, long seed, int count) throws IOException {
    Path built = GUESTS.resolve("built").resolve(architecture);
    List<Subject> subjects = Subject.in(built);
    Target machine = subjects.get(0).original().elf.machine();
    Path own = Files.createDirectory(folder.resolve(architecture));
    Runner.open(own);
    Runner.addLibrary(own, machine);
    Files.copy(built.resolve("truth-run"), folder.resolve("truth-run-" + architecture));
    List<Subject> plain = subjects.stream().distinct().toList();
    List<Trial> run = new ArrayList<>();
    try (OutputStream out =
            new BufferedOutputStream(Files.newOutputStream(folder.resolve(architecture + ".in")));
        DataOutputStream requests = new DataOutputStream(out)) {
      for (Subject subject : plain) {
        write(requests, subject.original().elf.bytes(), machine);
      }
      for (int number = 0; number < count; number++) {
        Trial trial = new Trial(subjects, ways, seed, number);
        Optional<Trial.Result> decided = trial.prepare();
        if (decided.isPresent()) {
          tally.add(trial, decided.get());
        } else {
          write(requests, trial.file(), machine);
          run.add(trial);
        }
      }
    }
    trials.put(architecture, run);
    originals.put(architecture, plain);
  }

  private static void write(DataOutputStream out, Bytes program, Target machine)
      throws IOException {
    ByteBuffer size = ByteBuffer.allocate(Integer.BYTES).order(machine.order());
    out.write(size.putInt((int) program.size()).array());
    out.write(program.toArray());
  }

  /** Boots the guest, and judges what its programs reported. */
  Tally boot() throws IOException {
    List<String> lines = new ArrayList<>();
    for (String architecture : trials.keySet()) {
      lines.add("./truth-run-%1$s /t/%1$s < %1$s.in > /r/%1$s".formatted(architecture));
    }
    Files.write(folder.resolve("all.sh"), lines);
    script(guest, "boot", folder.toString());
    for (Map.Entry<String, List<Trial>> one : trials.entrySet()) {
      Path results = folder.resolve("results").resolve("all").resolve(one.getKey());
      ByteBuffer answers = ByteBuffer.wrap(Files.readAllBytes(results));
      for (Subject subject : originals.get(one.getKey())) {
        answers.order(subject.original().elf.machine().order());
        Observation plain = observation(answers);
        assertThat(plain.stages()).as("%s: %s", subject, plain).contains("main", "fini");
        assertThat(plain.survived()).isTrue();
        assertThat(plain.lines())
            .noneMatch(l -> l.isConfinedBy(Layer.INNER) || l.isConfinedBy(Layer.OUTER));
      }
      for (Trial trial : one.getValue()) {
        tally.add(trial, trial.judge(observation(answers)));
      }
      assertThat(answers.hasRemaining()).as("more answers of %s", one.getKey()).isFalse();
    }
    return tally;
  }

  private static Observation observation(ByteBuffer answers) {
    int status = answers.getInt();
    String out = text(answers);
    return new Observation(status, out, text(answers));
  }

  private static String text(ByteBuffer answers) {
    byte[] bytes = new byte[answers.getInt()];
    answers.get(bytes);
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  static void script(String guest, String command, String... arguments) throws IOException {
    List<String> words =
        new ArrayList<>(List.of("../fixtures/guests.sh", command, GUESTS.toString(), guest));
    words.addAll(List.of(arguments));
    Path out = Files.createTempFile("guests", ".txt");
    try {
      int status = Programs.start(Map.of(), words, out, out).waitFor();
      assertThat(status).as("%s: %s", words, Files.readString(out)).isZero();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    } finally {
      Files.delete(out);
    }
  }
}
