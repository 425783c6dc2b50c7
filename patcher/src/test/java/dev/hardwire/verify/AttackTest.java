package dev.hardwire.verify;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.arch.Target;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.bytes.Change;
import dev.hardwire.policy.Hook;
import dev.hardwire.stub.StubCode;
import dev.hardwire.stub.library.SandboxLibrary;
import dev.hardwire.stub.library.SandboxLibrary.WithoutPolicy;
import dev.hardwire.verify.Attack.Attacker;
import dev.hardwire.verify.result.Check;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Plays attacker on patched files: the verifier names every trick. */
@Tag("system")
class AttackTest {
  private static final String LIBRARY = "/usr/lib/libsandbox.so";
  private static final Bytes OURS =
      new SandboxLibrary(Target.X86_64, "libsandbox.so", Optional.empty(), WithoutPolicy.REFUSE)
          .write();

  /** The same, but its code does nothing. */
  private static final Bytes SHADOW = withReturnFirst(OURS);

  private static Bytes withReturnFirst(Bytes library) {
    long code = library.indexOf(StubCode.library(Target.X86_64).toArray(), 0);
    byte[] ret = {(byte) 0xc3};
    return library.withChanges(List.of(new Change(code, Bytes.wrap(ret))));
  }

  static Stream<Attack> attacks() {
    return Stream.of(HookAttacks.all(), BlobAttacks.all(), LoaderAttacks.all(), ReachAttacks.all())
        .flatMap(List::stream);
  }

  static Stream<Arguments> attempts() {
    return attacks().flatMap(a -> a.attackers().stream().map(who -> Arguments.of(a, who)));
  }

  static Stream<Arguments> targets() {
    return attacks().map(a -> Arguments.of(a.fixture(), a.hook())).distinct();
  }

  private static Forgery forgery(String fixture, Hook hook) throws IOException {
    Bytes original = PatchedFile.original(fixture);
    PatchedFile file =
        hook == null
            ? PatchedFile.needing(LIBRARY, original, PatchedFile.POLICY)
            : PatchedFile.of(original, hook, PatchedFile.POLICY, false);
    return Forgery.of(original, file);
  }

  /** Only at its own place there is a library of ours. */
  private static LibraryFile library(String name) {
    return new LibraryFile.Found(Path.of(name), name.equals(LIBRARY) ? OURS : SHADOW);
  }

  private static List<Check> failed(Forgery file, Optional<Bytes> original) {
    Expectations expectations =
        Expectations.NONE
            .with(VerifySettings.NONE.accepting(Acceptance.START_CODE))
            .withPolicy(on -> PatchedFile.POLICY)
            .withLibraries(AttackTest::library);
    return Verifier.verify(
            file.bytes(), original.map(expectations::withOriginal).orElse(expectations))
        .checks()
        .stream()
        .filter(check -> !check.passed())
        .toList();
  }

  /** Else the forger's own mistakes would be what is found. */
  @ParameterizedTest
  @Execution(ExecutionMode.CONCURRENT)
  @MethodSource("targets")
  void aForgeryWithoutATrickDiffersInItsLayoutAlone(String fixture, Hook hook) throws IOException {
    Optional<Bytes> original = Optional.of(PatchedFile.original(fixture));
    Forgery forged = forgery(fixture, hook);
    assertThat(failed(forged, original)).isEmpty();
    forged.slack();
    assertThat(failed(forged.withRecord(UnaryOperator.identity()), original))
        .extracting(Check::name)
        .containsExactly("rest");
  }

  @ParameterizedTest
  @Execution(ExecutionMode.CONCURRENT)
  @MethodSource("attempts")
  void everyTrickIsNamed(Attack attack, Attacker who) throws IOException {
    Forgery file = forgery(attack.fixture(), attack.hook());
    attack.change().accept(file);
    if (who == Attacker.LYING) {
      file.withOtherOriginal();
    }
    if (who != Attacker.CLUMSY) {
      file.withRecord(attack.claim());
    }
    Optional<Bytes> original = Optional.of(PatchedFile.original(attack.fixture()));
    List<Check> alone = failed(file, Optional.empty());
    List<Check> withOriginal = failed(file, original);
    List<Check> compared = who == Attacker.LYING ? alone : withOriginal;
    assertThat(compared).extracting(Check::name).contains(attack.check());
    assertThat(alone)
        .extracting(Check::name)
        .containsAnyOf(attack.check(), who == Attacker.CLUMSY ? "patch-record" : attack.check());
    assertThat(withOriginal).isNotEmpty();
  }
}
