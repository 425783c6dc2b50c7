package dev.hardwire.live.files;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.testing.Cli;
import dev.hardwire.testing.CommandLoop;
import dev.hardwire.testing.Fixtures;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two processes change one file in place at the same time: it is whole afterwards, as those of them
 * make it that say so, one after the other. None is undone.
 */
class TwoProcessesTest {
  private static final int ROUNDS = 10;
  private static final int SAMPLE = 3;

  /**
   * Done, not patchable, not verified (what was never patched is not signed), and changed by the
   * other one meanwhile.
   */
  private static final Integer[] CODES = {0, 3, 5, 6};

  private static final List<String> PATCH = List.of("patch", "--deny", "uname", "--in-place");
  private static final List<String> REPLACE =
      List.of("patch", "--deny", "chown", "--replace", "--in-place");
  private static final List<String> RESTORE = List.of("restore", "--in-place");

  private static final CommandLoop FIRST = CommandLoop.shared(0);
  private static final CommandLoop SECOND = CommandLoop.shared(1);

  @TempDir private static Path common;
  private static Path original;
  private static Path patched;
  private static List<String> sign;

  @TempDir private Path folder;
  private Path file;

  @BeforeAll
  static void makeInputs() {
    original = Fixtures.named("gcc-pie").path();
    patched = common.resolve("patched");
    Cli.ok("patch", "--deny", "uname", "-o", patched, original);
    Path key = common.resolve("key");
    Path certificate = common.resolve("cert");
    Programs.output("openssl", "genpkey", "-algorithm", "ed25519", "-out", key);
    Programs.output(
        List.of("openssl", "req", "-x509", "-subj", "/CN=x", "-addext"),
        List.of("extendedKeyUsage=codeSigning", "-key", key, "-out", certificate));
    sign = Programs.strings("sign", "--sign-key", key, "--sign-cert", certificate, "--in-place");
  }

  @BeforeEach
  void makePlace() throws IOException {
    file = Files.createDirectory(folder.resolve("place")).resolve("program");
  }

  private static String content(Path file) throws IOException {
    return HexFormat.of().formatHex(Files.readAllBytes(file));
  }

  /** What becomes of a file by commands one after the other, of which some may refuse it. */
  private String after(Path start, List<List<String>> commands) throws IOException {
    Path copy = Files.copy(start, folder.resolve("copy"), StandardCopyOption.REPLACE_EXISTING);
    for (List<String> command : commands) {
      assertThat(Cli.run(command, copy).status()).isIn((Object[]) CODES);
    }
    return content(copy);
  }

  private void together(int rounds, Path start, List<String> one, List<String> other)
      throws Exception {
    Set<String> both =
        new TreeSet<>(
            List.of(after(start, List.of(one, other)), after(start, List.of(other, one))));
    String first = after(start, List.of(one));
    String second = after(start, List.of(other));
    List<Outcome> answers = new ArrayList<>();
    for (int round = 0; round < rounds; round++) {
      Files.copy(start, file, StandardCopyOption.REPLACE_EXISTING);
      FIRST.send(one, file);
      SECOND.send(other, file);
      Outcome ofFirst = FIRST.answer();
      Outcome ofSecond = SECOND.answer();
      answers.addAll(List.of(ofFirst, ofSecond));
      String what = "round %d: %s, %s".formatted(round, ofFirst, ofSecond);
      if (ofFirst.status() == 0 && ofSecond.status() == 0) {
        assertThat(content(file)).as(what).isIn(both);
      } else {
        assertThat(content(file)).as(what).isEqualTo(ofFirst.status() == 0 ? first : second);
      }
    }
    assertThat(answers)
        .allSatisfy(answer -> assertThat(answer.status()).isIn((Object[]) CODES))
        .allSatisfy(answer -> assertThat(answer.err()).doesNotContain("internal error"))
        .anySatisfy(answer -> assertThat(answer.status()).isZero());
    try (Stream<Path> left = Files.list(file.getParent())) {
      assertThat(left).containsExactly(file);
    }
  }

  @Test
  void bothPatch() throws Exception {
    bothPatch(SAMPLE);
  }

  private void bothPatch(int rounds) throws Exception {
    together(rounds, original, PATCH, PATCH);
  }

  @Test
  void bothPatchDifferently() throws Exception {
    bothPatchDifferently(SAMPLE);
  }

  private void bothPatchDifferently(int rounds) throws Exception {
    List<String> other = List.of("patch", "--deny", "mkdir", "--replace", "--in-place");
    together(rounds, patched, REPLACE, other);
  }

  @Test
  void onePatchesAndOneRestores() throws Exception {
    onePatchesAndOneRestores(SAMPLE);
  }

  private void onePatchesAndOneRestores(int rounds) throws Exception {
    together(rounds, patched, REPLACE, RESTORE);
    together(rounds, original, PATCH, RESTORE);
  }

  @Test
  void onePatchesAndOneSigns() throws Exception {
    onePatchesAndOneSigns(SAMPLE);
  }

  private void onePatchesAndOneSigns(int rounds) throws Exception {
    together(rounds, patched, REPLACE, sign);
    together(rounds, original, PATCH, sign);
  }

  @Test
  void oneSignsAndOneRestores() throws Exception {
    oneSignsAndOneRestores(SAMPLE);
  }

  private void oneSignsAndOneRestores(int rounds) throws Exception {
    together(rounds, patched, sign, RESTORE);
  }

  @Test
  @Tag("long")
  void manyRounds() throws Exception {
    bothPatch(ROUNDS);
    bothPatchDifferently(ROUNDS);
    onePatchesAndOneRestores(ROUNDS);
    onePatchesAndOneSigns(ROUNDS);
    oneSignsAndOneRestores(ROUNDS);
  }
}
