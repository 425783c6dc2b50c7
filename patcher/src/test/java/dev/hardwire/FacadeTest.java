package dev.hardwire;

import static dev.hardwire.testing.SameBytes.sameBytesAs;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.hardwire.cli.Main;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.elf.Refusal;
import dev.hardwire.policy.Action;
import dev.hardwire.policy.Condition;
import dev.hardwire.policy.Hook;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.Rule;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.List;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class FacadeTest {
  private static final Policy POLICY =
      Policy.of("no uname", Action.ALLOW, List.of(Rule.of(Action.errno("EPERM"), "uname")));

  @TempDir private Path folder;
  private Path program;
  private Path patched;

  @BeforeEach
  void copy() throws IOException {
    program = Files.copy(Path.of("/bin/true"), folder.resolve("program"));
    patched = folder.resolve("patched");
  }

  /** Bytes may come from a stream; they become what files become. */
  @Test
  void programsInMemory() throws IOException {
    byte[] original = Files.readAllBytes(program);
    byte[] same = original.clone();
    byte[] made = Hardwire.patch().policy(POLICY).on(original);
    assertThat(original).isEqualTo(same);
    Hardwire.patch(program).policy(POLICY).to(patched);
    assertThat(made).isEqualTo(Files.readAllBytes(patched));
    VerifyResult verified =
        Hardwire.verify().requirePolicy(POLICY).requireOriginal(program).on(made);
    assertThat(verified.passed()).isTrue();
    assertThat(Hardwire.verify().requirePolicy(Policies.preset("no-exec")).on(made).passed())
        .isFalse();
    assertThat(Hardwire.restore().on(made)).isEqualTo(original);

    HardwireException refused =
        (HardwireException) catchThrowable(() -> Hardwire.patch().policy(POLICY).on(made));
    assertThat(refused.reason()).isEqualTo("already-patched");
    assertThat(refused.file()).isEmpty();
    assertThatExceptionOfType(HardwireException.class)
        .isThrownBy(() -> Hardwire.restore().on(original));
    assertThat(catchThrowable(() -> Hardwire.patch().policy(POLICY).to(patched)))
        .isInstanceOf(IllegalStateException.class);
    made[made.length / 2] ^= 1;
    assertThat(Hardwire.verify().on(made).passed()).isFalse();
  }

  @Test
  void patchesAsTheCommandDoes() throws IOException {
    Path policy = Files.writeString(folder.resolve("policy.yaml"), Policies.format(POLICY));
    Path byCommand = folder.resolve("by-command");
    PrintWriter none = new PrintWriter(Writer.nullWriter());
    assertThat(
            Main.run(
                none,
                none,
                "patch",
                "--policy",
                policy.toString(),
                "--hook",
                "entry",
                "-o",
                byCommand.toString(),
                program.toString()))
        .isZero();
    PatchResult result = Hardwire.patch(program).policy(policy).hook(Hook.ENTRY).to(patched);
    assertThat(patched).has(sameBytesAs(byCommand));
    assertThat(result.hook()).contains(Hook.ENTRY);
    assertThat(result.growth()).isEqualTo(Files.size(patched) - Files.size(program));
    assertThat(result.warnings()).isEmpty();
    assertThat(result.signer()).isEmpty();
  }

  @Test
  void verifiesInspectsAndRestores() throws IOException {
    Hardwire.patch(program).policy(POLICY).to(patched);
    VerifyResult verified =
        Hardwire.verify(patched).requirePolicy(POLICY).requireOriginal(program).run();
    assertThat(verified.passed()).isTrue();
    assertThat(verified.firstFailure()).isEmpty();
    assertThat(verified.checks())
        .extracting(VerifyResult.Check::name)
        .contains("filter", "required-policy", "original");
    InspectResult.Layer layer = Hardwire.inspect(patched).layers().get(0);
    assertThat(layer.policyName()).isEqualTo("no uname");
    assertThat(Policies.parse(layer.policyText()))
        .isEqualTo(Policies.parse(Policies.format(POLICY)));
    assertThat(layer.originalSize()).isEqualTo(Files.size(program));
    assertThat(layer.originalSha256()).isEqualTo(verified.patches().get(0).originalSha256());
    RestoreResult restored = Hardwire.restore(patched).inPlace();
    assertThat(restored.sha256()).isEqualTo(layer.originalSha256());
    assertThat(patched).has(sameBytesAs(program));
  }

  @Test
  void reportsAnotherPolicyAsAFailedCheck() throws IOException {
    Hardwire.patch(program).policy(POLICY).to(patched);
    Policy other = Policy.of("all", Action.ALLOW, List.of());
    VerifyResult verified = Hardwire.verify(patched).requirePolicy(other).run();
    assertThat(verified.passed()).isFalse();
    assertThat(verified.firstFailure().map(VerifyResult.Check::name)).contains("required-policy");
  }

  @Test
  void settersLeaveTheTaskAsItWas() throws IOException {
    PatchTask plain = Hardwire.patch(program).policy(POLICY);
    PatchTask entry = plain.hook(Hook.ENTRY);
    assertThat(entry.plan().get(0)).startsWith("hook entry");
    assertThat(plain.to(patched).hook()).contains(Hook.INIT);
  }

  @Test
  void refusesWithReasonPlaceAndAdvice() throws IOException {
    Path text =
        Files.writeString(folder.resolve("text"), "not a program, but longer than a header");
    assertThatExceptionOfType(HardwireException.class)
        .isThrownBy(() -> Hardwire.patch(text).policy(POLICY).to(patched))
        .satisfies(
            refused -> {
              assertThat(refused.reason()).isEqualTo("not-elf");
              assertThat(refused.offset()).hasValue(0);
              assertThat(refused.field()).contains("e_ident");
              assertThat(refused.detail()).isNotBlank();
              assertThat(refused.advice()).isPresent();
              assertThat(refused.detail()).doesNotContain(refused.advice().orElseThrow());
            });
    assertThat(patched).doesNotExist();
  }

  @Test
  void refusesASecondPatchUnlessAsked() throws IOException {
    Hardwire.patch(program).policy(POLICY).to(patched);
    PatchTask again = Hardwire.patch(patched).policy(POLICY);
    assertThatExceptionOfType(HardwireException.class)
        .isThrownBy(again::inPlace)
        .extracting(HardwireException::reason)
        .isEqualTo("already-patched");
    again.replaceExisting().inPlace();
    assertThat(Hardwire.inspect(patched).layers()).hasSize(1);
    again.stackOnExisting().inPlace();
    assertThat(Hardwire.inspect(patched).layers()).hasSize(2);
  }

  @Test
  void keepsTheInputUnlessItIsReplaced() {
    assertThatExceptionOfType(HardwireException.class)
        .isThrownBy(() -> Hardwire.patch(program).policy(POLICY).to(program))
        .satisfies(
            refused -> {
              assertThat(refused.reason()).isEqualTo(HardwireException.OUTPUT);
              assertThat(refused.offset()).isEmpty();
            });
  }

  @Test
  void reportsOtherFailuresInTheirOwnTypes() throws IOException {
    Path bad = Files.writeString(folder.resolve("bad.yaml"), "version: 1\nname: x\n");
    assertThatExceptionOfType(PolicyException.class)
        .isThrownBy(() -> Hardwire.patch(program).policy(bad).to(patched));
    assertThatExceptionOfType(NoSuchFileException.class)
        .isThrownBy(() -> Hardwire.inspect(folder.resolve("absent")));
    assertThatExceptionOfType(HardwireException.class)
        .isThrownBy(() -> Hardwire.restore(program).inPlace())
        .extracting(HardwireException::reason)
        .isEqualTo("not-patched");
    assertThatIllegalStateException().isThrownBy(() -> Hardwire.patch(program).to(patched));
    assertThatIllegalStateException().isThrownBy(() -> Hardwire.sign(program).inPlace());
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Hardwire.patch(program).neededLibrary("a/b.so"));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Policies.read(bad, "vax"))
        .withMessageContaining("x86_64");
  }

  @Test
  void doesNotSignWhatIsNotPatched() throws IOException {
    FacadeKey key = FacadeKey.in(folder);
    Credentials credentials = key.credentials();
    assertThatExceptionOfType(HardwireException.class)
        .isThrownBy(() -> Hardwire.sign(program).with(credentials).inPlace())
        .extracting(HardwireException::reason)
        .isEqualTo("not-patched");
    Hardwire.patch(program).policy(POLICY).to(patched);
    SignResult signed = Hardwire.sign(patched).with(credentials).inPlace();
    assertThat(signed.signer()).isEqualTo("CN=facade");
    VerifyResult verified =
        Hardwire.verify(patched).trust(key.certificate()).requireSigner("CN=facade").run();
    assertThat(verified.signatures()).singleElement().matches(VerifyResult.Signature::passed);
    assertThat(Hardwire.verify(patched).run().passed()).isFalse();
    assertThat(Hardwire.verify(patched).ignoreSignatures().run().passed()).isTrue();
  }

  /** What would be written beside a file is not left out in silence. */
  @Test
  void statementsTakeAFile() throws IOException {
    Credentials credentials = FacadeKey.in(folder).credentials();
    PatchTask task = Hardwire.patch().policy(POLICY);
    byte[] original = Files.readAllBytes(program);
    assertThat(task.signWith(credentials).on(original)).isNotEmpty();
    Path statement = folder.resolve("statement");
    assertThatIllegalStateException()
        .isThrownBy(() -> task.signWith(credentials.attestation(statement)).on(original))
        .withMessageContaining("the program is in memory");
  }

  /** Keys that a program holds sign as those in files do. */
  @Test
  void signsWithKeysOfTheProgram() throws Exception {
    FacadeKey key = FacadeKey.in(folder);
    X509Certificate certificate;
    try (InputStream in = Files.newInputStream(key.certificate())) {
      certificate =
          (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
    }
    PrivateKey held =
        new JcaPEMKeyConverter()
            .getPrivateKey(
                (PrivateKeyInfo) new PEMParser(Files.newBufferedReader(key.key())).readObject());
    Path expected = folder.resolve("expected");
    Hardwire.patch(program).policy(POLICY).signWith(key.credentials()).to(expected);
    Hardwire.patch(program).policy(POLICY).signWith(Credentials.of(held, certificate)).to(patched);
    Hardwire.verify(patched).trust(key.certificate()).requireSigner("CN=facade").run().orThrow();

    char[] password = "secret".toCharArray();
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    store.setKeyEntry("release", held, password, new X509Certificate[] {certificate});
    Path byStore = folder.resolve("by-store");
    Credentials credentials = Credentials.of(store, "release", password);
    Hardwire.patch(program).policy(POLICY).signWith(credentials).to(byStore);
    Hardwire.verify(byStore).trust(key.certificate()).run().orThrow();

    assertThatIllegalArgumentException()
        .isThrownBy(() -> Credentials.of(store, "other", password))
        .withMessageContaining("other");
    PrivateKey another = KeyPairGenerator.getInstance("Ed25519").generateKeyPair().getPrivate();
    assertThatExceptionOfType(HardwireException.class)
        .isThrownBy(() -> Credentials.of(another, certificate))
        .withMessageContaining("does not belong to the certificate")
        .extracting(HardwireException::reason)
        .isEqualTo(HardwireException.SIGNATURE);
  }

  /** A failure names the file, and what to do in Java. */
  @Test
  void failuresNameTheFileAndMethods() throws IOException {
    Hardwire.patch(program).policy(POLICY).to(patched);
    assertThatExceptionOfType(HardwireException.class)
        .isThrownBy(() -> Hardwire.patch(patched).policy(POLICY).to(folder.resolve("again")))
        .withMessageContaining("replaceExisting()")
        .withMessageNotContaining("--replace")
        .satisfies(
            failure -> {
              assertThat(failure.file()).contains(patched);
              assertThat(failure.advice().orElseThrow()).contains("stackOnExisting()");
            });
    assertThatExceptionOfType(HardwireException.class)
        .isThrownBy(() -> Hardwire.inspect(program))
        .satisfies(failure -> assertThat(failure.file()).contains(program));
    VerifyResult result = Hardwire.verify(program).run();
    assertThatExceptionOfType(HardwireException.class)
        .isThrownBy(result::orThrow)
        .withMessageContaining(result.firstFailure().orElseThrow().name())
        .extracting(HardwireException::reason)
        .isEqualTo(HardwireException.NOT_VERIFIED);
    VerifyResult passed = Hardwire.verify(patched).run();
    assertThat(passed.orThrow()).isSameAs(passed);
  }

  /** No advice that a program gets speaks of options of the command. */
  @ParameterizedTest
  @EnumSource
  void adviceIsThatOfTheApi(Refusal refusal) {
    HardwireException failure =
        (HardwireException)
            catchThrowable(
                () ->
                    HardwireException.translated(
                        () -> {
                          throw new ElfFormatException(refusal, 0, "e_type", "is wrong");
                        }));
    assertThat(failure.advice().orElseThrow().replace("--strip-section-headers", ""))
        .doesNotContainPattern("--(?!export-dynamic)");
  }

  @Test
  void readsConditions() {
    assertThat(Condition.parse("op == 38 || !(flags & 4)"))
        .hasToString("op == 38 || !((flags & 4) != 0)");
    assertThatExceptionOfType(PolicyException.class)
        .isThrownBy(() -> Condition.parse("op =="))
        .withMessageContaining("condition:1:6");
  }
}
