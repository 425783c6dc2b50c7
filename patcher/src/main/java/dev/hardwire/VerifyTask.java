package dev.hardwire;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.policy.Hook;
import dev.hardwire.policy.Policy;
import dev.hardwire.verify.Acceptance;
import dev.hardwire.verify.VerifySettings;
import dev.hardwire.work.GivenPolicy;
import dev.hardwire.work.Verification;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** The verification of executables. Immutable: each setter returns a new task. */
public final class VerifyTask {
  private final List<FoundFile> files;
  private final GivenPolicy policy;
  private final GivenPolicy limit;
  private final VerifySettings settings;

  VerifyTask(List<FoundFile> files) {
    this(files, GivenPolicy.NONE, GivenPolicy.NONE, VerifySettings.NONE);
  }

  private VerifyTask(
      List<FoundFile> files, GivenPolicy policy, GivenPolicy limit, VerifySettings settings) {
    this.files = List.copyOf(files);
    this.policy = policy;
    this.limit = limit;
    this.settings = settings;
  }

  private VerifyTask with(GivenPolicy newPolicy, GivenPolicy newLimit) {
    return new VerifyTask(files, newPolicy, newLimit, settings);
  }

  private VerifyTask with(VerifySettings newSettings) {
    return new VerifyTask(files, policy, limit, newSettings);
  }

  private VerifyTask with(VerifySettings.Signatures signatures) {
    return with(settings.with(signatures));
  }

  /**
   * Requires that the file enforces this policy.
   *
   * @param newPolicy any policy
   * @return a new task
   */
  public VerifyTask requirePolicy(Policy newPolicy) {
    return with(policy.of(newPolicy, "the caller"), limit);
  }

  /**
   * Requires that the file enforces the policy of a file.
   *
   * @param policyFile in any format that {@link Policies#read(Path)} reads
   * @return a new task
   */
  public VerifyTask requirePolicy(Path policyFile) {
    return with(policy.of(policyFile, List.of()), limit);
  }

  /**
   * Requires that the file allows nothing that this policy does not allow.
   *
   * @param newLimit any policy
   * @return a new task
   */
  public VerifyTask requirePolicyAtLeast(Policy newLimit) {
    return with(policy, limit.of(newLimit, "the caller"));
  }

  /**
   * Requires that the file allows nothing that the policy of a file does not allow.
   *
   * @param policyFile in any format that {@link Policies#read(Path)} reads
   * @return a new task
   */
  public VerifyTask requirePolicyAtLeast(Path policyFile) {
    return with(policy, limit.of(policyFile, List.of()));
  }

  /**
   * Lets names of x86-64 calls in required policies stand for the calls by which other
   * architectures do the same, as {@link PatchTask#mapMissingCalls} does.
   *
   * @return a new task
   */
  public VerifyTask mapMissingCalls() {
    return with(policy.withMissingCallsMapped(), limit.withMissingCallsMapped());
  }

  /**
   * Requires that this file was patched, and that nothing else was changed.
   *
   * @param original the unpatched executable
   * @return a new task
   */
  public VerifyTask requireOriginal(Path original) {
    return with(settings.withOriginal(original));
  }

  /**
   * Requires a signature, and that every signature is valid and leads to one of these certificates.
   * Without this, a file that is signed fails.
   *
   * @param certificates files with trusted certificates, PEM
   * @return a new task
   */
  public VerifyTask trust(Path... certificates) {
    return with(settings.signatures().withTrust(List.of(certificates)));
  }

  /**
   * Requires that none of the signers' certificates is revoked; every certificate below the trusted
   * ones must be covered.
   *
   * @param lists files with revocation lists (RFC 5280), PEM or DER
   * @return a new task
   */
  public VerifyTask revocationLists(Path... lists) {
    return with(settings.signatures().withRevocationLists(List.of(lists)));
  }

  /**
   * Checks a signature outside the file, too. It has to be that of the file.
   *
   * @param signature CMS SignedData in DER (RFC 5652), as {@link SignTask#detached} writes it
   * @return a new task
   */
  public VerifyTask detachedSignature(Path signature) {
    return with(settings.signatures().withDetached(signature));
  }

  /**
   * Requires a signature by a signer, beside those that were required before.
   *
   * @param signer the subject of the certificate as {@link VerifyResult.Signature#signer} gives it,
   *     or the SHA-256 of the certificate in hexadecimal digits
   * @return a new task
   */
  public VerifyTask requireSigner(String signer) {
    List<String> signers = new ArrayList<>(settings.signatures().signers());
    signers.add(signer);
    return with(settings.signatures().withSigners(signers));
  }

  /**
   * Requires signatures by several signers.
   *
   * @param signers at least so many, with different names and keys; 0 for as many as {@link #trust}
   *     requires
   * @return a new task
   * @throws IllegalArgumentException if the number is negative
   */
  public VerifyTask requireSignatures(int signers) {
    if (signers < 0) {
      throw new IllegalArgumentException("a negative number of signers: " + signers);
    }
    return with(settings.signatures().withMinimum(signers));
  }

  /**
   * Accepts files without a signature although certificates are trusted; signatures that are there
   * must be valid.
   *
   * @return a new task
   */
  public VerifyTask allowUnsigned() {
    return with(settings.signatures().withUnsignedAllowed());
  }

  /**
   * Does not look at signatures.
   *
   * @return a new task that has no requirements about signatures
   */
  public VerifyTask ignoreSignatures() {
    return with(VerifySettings.Signatures.IGNORED);
  }

  /**
   * Requires that a program which needs a library for its policy needs this one or another that was
   * given, and that Hardwire wrote it.
   *
   * @param file the library
   * @param names by which programs may need it, absolute paths or sonames; by default its absolute
   *     path and the last part of that
   * @return a new task
   */
  public VerifyTask library(Path file, String... names) {
    return with(settings.with(new VerifySettings.Library(file, List.of(names))));
  }

  /**
   * Fails a program whose library is not found. Without this and without {@link #library}, it is
   * looked for at the absolute path that the program names, and a program whose library is not
   * there passes ({@link VerifyResult#uncheckedLibrary}).
   *
   * @return a new task
   */
  public VerifyTask requireLibraryCheck() {
    return with(settings.withLibraryRequired());
  }

  /**
   * Allows a dynamic linker other than those of glibc and musl. It runs before the policy is
   * installed, so it has to be trusted.
   *
   * @param paths as {@code PT_INTERP} names them; these replace paths that were given before
   * @return a new task
   */
  public VerifyTask acceptInterpreters(String... paths) {
    return with(settings.withInterpreters(Set.copyOf(List.of(paths))));
  }

  /**
   * Requires that every policy of the file is installed by one of these hooks. Without this, {@link
   * #requirePolicyAtLeast} takes no account of policies that {@link Hook#POST_INIT} installs.
   *
   * @param hooks names of hooks ({@link Hook#id}), and {@code needed} for a library
   * @return a new task
   * @throws IllegalArgumentException if a name is unknown
   */
  public VerifyTask requireHook(String... hooks) {
    for (String hook : hooks) {
      if (!hook.equals("needed")
          && Stream.of(Hook.values()).noneMatch(known -> known.id().equals(hook))) {
        throw new IllegalArgumentException("unknown hook: " + hook);
      }
    }
    return with(settings.withHooks(Set.copyOf(List.of(hooks))));
  }

  /**
   * Accepts policies that allow every system call.
   *
   * @return a new task
   */
  public VerifyTask allowEmpty() {
    return with(settings.accepting(Acceptance.EMPTY_POLICY));
  }

  /**
   * Believes that start code which cannot be compared with known code runs the init array: that of
   * static programs with the hook {@code init} or {@code post-init}, and that for musl on some
   * machines in mode needed ({@code docs/threat-model.md}).
   *
   * @return a new task
   */
  public VerifyTask assumeStartCode() {
    return with(settings.accepting(Acceptance.START_CODE));
  }

  /**
   * Verifies the only file. A file that does not pass is a result, not an exception.
   *
   * @return all checks
   * @throws IOException if a file cannot be read
   * @throws dev.hardwire.policy.PolicyException if a required policy is not valid
   * @throws HardwireException if a certificate or a revocation list cannot be used
   * @throws IllegalStateException as for {@link #each}
   */
  public VerifyResult run() throws IOException {
    return FileResult.only(files, each());
  }

  /**
   * Verifies a program that is in memory.
   *
   * @param program the bytes of a patched executable
   * @return what was found
   * @throws IOException if a file that the task names cannot be read
   * @throws HardwireException if certificates cannot be used
   * @throws dev.hardwire.policy.PolicyException if a required policy is invalid
   */
  public VerifyResult on(byte[] program) throws IOException {
    return HardwireException.translated(
        () ->
            VerifyResult.of(
                Verification.prepare(settings, policy, limit).verify(Bytes.copyOf(program))));
  }

  /**
   * Prepares to verify each file: policies, certificates and libraries are read. A file that does
   * not pass is a result, not an exception. Found files that are no executables are skipped, and
   * shared libraries and objects, too, unless something of a patch is in them.
   *
   * @return verifies one file
   * @throws IOException if a file cannot be read
   * @throws dev.hardwire.policy.PolicyException if a required policy is not valid
   * @throws HardwireException if a certificate or a revocation list cannot be used
   * @throws IllegalStateException if something is required of signatures without {@link #trust}, or
   *     together with {@link #allowUnsigned}
   */
  public FileWork<VerifyResult> each() throws IOException {
    return HardwireException.translated(
        () -> {
          Verification prepared = Verification.prepare(settings, policy, limit);
          return FileResult.work(
              prepared.work(), Optional.empty(), (report, warnings) -> VerifyResult.of(report));
        });
  }
}
