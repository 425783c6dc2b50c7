package dev.hardwire;

import dev.hardwire.calls.RiskyCalls;
import dev.hardwire.policy.Hook;
import dev.hardwire.verify.result.LibrarySummary;
import dev.hardwire.verify.result.Report;
import dev.hardwire.work.Advice;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a verification found.
 *
 * @param passed whether every check passed
 * @param plain whether the file is an executable that was never hard-wired or signed: it has no
 *     trace of that, and nothing else is wrong with it
 * @param checks in the order in which they were made; where a failure makes further checks
 *     impossible, they are missing
 * @param patches the patches that could be read, the last first
 * @param signatures the signatures that were checked
 * @param library the library that the program needs for its policy, if it does
 * @param confinement what the policies do together; empty if they are not proven
 * @param proof what the proof rests on; empty if the policies are not proven
 * @param status the state of the file, in one word: the worst of those that apply
 */
public record VerifyResult(
    boolean passed,
    boolean plain,
    List<Check> checks,
    List<Patch> patches,
    List<Signature> signatures,
    Optional<Library> library,
    Optional<Confinement> confinement,
    Optional<Proof> proof,
    Status status) {
  /**
   * The state of a file, as reports name it.
   *
   * @param id stable, such as {@code changed} or {@code confined}; {@code docs/report.md} lists all
   * @param text a few words for people
   */
  public record Status(String id, String text) {}

  /**
   * What a proof rests on, beside the bytes of the file.
   *
   * @param id {@code kernel}: on the kernel's loading of the file alone, since it enters the stub
   *     before any other instruction; or {@code linked}: the dynamic linker and the C library, or
   *     the start code of a static program, have to read the file as the verification does, which
   *     is tested for files that linkers make
   * @param text the same for people, a predicate whose subject is the proof
   */
  public record Proof(String id, String text) {}

  /**
   * One check. {@code docs/architecture.md} describes all of them.
   *
   * @param name stable, such as {@code filter}; of an inner layer of a stacked patch it starts with
   *     the layer
   * @param passed whether it passed
   * @param detail what was found, for people
   * @param advised the same with what the user of the command can do about it, if there is anything
   */
  public record Check(String name, boolean passed, String detail, String advised) {}

  /**
   * One patch.
   *
   * @param originalSha256 SHA-256 of the file that was patched, 64 hexadecimal digits
   * @param policySha256 SHA-256 of the policy's canonical text, 64 hexadecimal digits
   * @param hook where the policy is installed; empty if a shared library installs it
   * @param policyText the canonical text; {@link Policies#parse} reads it
   */
  public record Patch(
      String originalSha256, String policySha256, Optional<Hook> hook, String policyText) {}

  /**
   * One signature.
   *
   * @param signer the subject of the signer's certificate
   * @param certificateSha256 SHA-256 of that certificate, 64 hexadecimal digits
   * @param algorithm how it was made, for people
   * @param time of its time stamp, or as the signer states it
   * @param timestamped whether the time is that of a verified time stamp (RFC 3161)
   * @param passed whether all checks of the signature passed
   * @param chain the subjects of the verified chain, the signer first and the trusted certificate
   *     last; empty if it was not verified
   */
  public record Signature(
      String signer,
      String certificateSha256,
      String algorithm,
      Optional<Instant> time,
      boolean timestamped,
      boolean passed,
      List<String> chain) {}

  /**
   * The library that installs a program's policy.
   *
   * @param name as the program names it: an absolute path or a soname
   * @param file the file that was checked; empty if none was
   * @param proven whether that file is a library that Hardwire wrote and that enforces the policy
   * @param reason why that is not proven; empty if it is
   */
  public record Library(
      String name, Optional<Path> file, boolean proven, Optional<String> reason) {}

  /**
   * What the policies of all patches do together, counted in system calls of the architecture.
   *
   * @param enforcesNothing whether every call is allowed; such a file passes only with {@link
   *     VerifyTask#allowEmpty}
   * @param denied how many calls are denied whatever their arguments, by action, such as {@code
   *     kill-process}; the most restrictive action first
   * @param deniedForSomeArguments how many calls are denied for some arguments
   * @param allowed how many calls are allowed whatever their arguments; {@code log} allows them
   * @param otherNumbers the action for numbers that are no call
   * @param risky the allowed calls that undo much of a policy ({@code docs/policy.md} lists them)
   * @param riskyForSomeArguments those of them that are allowed for some arguments only
   * @param restrictions what else is restricted in every run: {@code files}, {@code ports} and
   *     {@code scope} by Landlock, {@code limits}
   */
  public record Confinement(
      boolean enforcesNothing,
      Map<String, Integer> denied,
      int deniedForSomeArguments,
      int allowed,
      String otherNumbers,
      List<String> risky,
      List<String> riskyForSomeArguments,
      List<String> restrictions) {
    /**
     * Names the risky calls that are allowed.
     *
     * @return a clause for people; empty if there are none
     */
    public String riskyText() {
      return RiskyCalls.text(risky, riskyForSomeArguments);
    }
  }

  /**
   * The first check that failed.
   *
   * @return empty if all passed
   */
  public Optional<Check> firstFailure() {
    return checks.stream().filter(check -> !check.passed()).findFirst();
  }

  /**
   * Throws if a check failed, for programs that go on only with a file that passed.
   *
   * @return this
   * @throws HardwireException with the reason {@link HardwireException#NOT_VERIFIED} and the first
   *     check that failed
   */
  public VerifyResult orThrow() {
    if (!passed) {
      throw HardwireException.of(firstFailure());
    }
    return this;
  }

  /**
   * Whether the policies are proven and allow every call. Such a file passes only with {@link
   * VerifyTask#allowEmpty}.
   *
   * @return {@link Confinement#enforcesNothing}, and false if the policies are not proven
   */
  public boolean enforcesNothing() {
    return confinement.isPresent() && confinement.get().enforcesNothing();
  }

  /**
   * The library that the program needs, if no file was checked. If the file passed, the policy is
   * enforced with the right library only.
   *
   * @return the library; empty if the program needs none, or if a file was checked
   */
  public Optional<Library> uncheckedLibrary() {
    return library.filter(one -> !one.proven() && one.file().isEmpty());
  }

  static VerifyResult of(Report report) {
    return new VerifyResult(
        report.passed(),
        report.isPlain(),
        report.checks().stream()
            .map(
                check ->
                    new Check(check.name(), check.passed(), check.detail(), Advice.detail(check)))
            .toList(),
        report.patches().stream()
            .map(
                patch ->
                    new Patch(
                        patch.original().hex(),
                        patch.policy().hex(),
                        patch.hook(),
                        patch.policyText()))
            .toList(),
        report.signatures().stream()
            .map(
                signature ->
                    new Signature(
                        signature.signer(),
                        signature.certificate(),
                        signature.algorithm(),
                        signature.time(),
                        signature.stamped(),
                        signature.passed(),
                        signature.chain()))
            .toList(),
        report.library().map(VerifyResult::library),
        report.confinement().map(VerifyResult::confinement),
        report.proof().map(proof -> new Proof(proof.id(), proof.text())),
        new Status(report.status().id(), report.status().text()));
  }

  private static Confinement confinement(dev.hardwire.filter.prove.Confinement all) {
    Map<String, Integer> denied = new LinkedHashMap<>();
    all.denied().forEach(denial -> denied.put(denial.verdict().toString(), denial.calls()));
    return new Confinement(
        all.enforcesNothing(),
        Collections.unmodifiableMap(denied),
        all.conditional(),
        all.allowed(),
        all.others().toString(),
        all.risky(),
        all.riskyAtTimes(),
        all.restrictions());
  }

  private static Library library(LibrarySummary library) {
    return new Library(
        library.name(),
        library.file(),
        library.proven(),
        library.proven() ? Optional.empty() : Optional.of(library.reason()));
  }
}
