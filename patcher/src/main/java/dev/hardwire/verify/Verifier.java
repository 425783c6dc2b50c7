package dev.hardwire.verify;

import dev.hardwire.arch.Target;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.bytes.BytesException;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.elf.LoaderChecks;
import dev.hardwire.elf.ProgramHeader;
import dev.hardwire.elf.Refusal;
import dev.hardwire.elf.form.KernelForm;
import dev.hardwire.elf.form.NormalForm;
import dev.hardwire.elf.form.StartCode;
import dev.hardwire.elf.note.HardwireNotes;
import dev.hardwire.elf.note.PatchRecord;
import dev.hardwire.filter.prove.Confinement;
import dev.hardwire.patch.Format;
import dev.hardwire.patch.OriginalBytes;
import dev.hardwire.patch.SignedBytes;
import dev.hardwire.policy.Policy;
import dev.hardwire.sign.SignatureSet;
import dev.hardwire.verify.result.Check;
import dev.hardwire.verify.result.CheckFinding;
import dev.hardwire.verify.result.LibrarySummary;
import dev.hardwire.verify.result.PatchSummary;
import dev.hardwire.verify.result.Report;
import dev.hardwire.verify.result.SignatureSummary;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * Proves from a finished file's bytes what it will do when it starts.
 *
 * <p>It follows the file from its hook to the system calls, and accounts for every byte that
 * differs from the original, with the planner's readers and nothing else of it. Only when all of
 * that holds, it plans again and compares, so that no byte is free. A file that was patched twice
 * is verified layer by layer, the last patch first.
 */
public final class Verifier {
  static final int NOTES_PER_LAYER = 3;

  private final Bytes whole;
  private final Expectations expectations;
  private final List<Check> checks = new ArrayList<>();
  private final List<PatchSummary> patches = new ArrayList<>();

  private final Requirements.Installed installed = new Requirements.Installed();

  private Optional<LibrarySummary> library = Optional.empty();

  private Verifier(Bytes whole, Expectations expectations) {
    this.whole = whole;
    this.expectations = expectations;
  }

  public static Report verify(Bytes file, Expectations expectations) {
    return new Verifier(file, expectations).run(file);
  }

  private Report run(Bytes file) {
    Optional<SignedBytes> signed = Optional.empty();
    Optional<ElfFile> elf = parsed(file);
    if (elf.isPresent() && SignedBytes.isSigned(elf.get())) {
      CheckList place = new CheckList("");
      signed = place(file, place);
      checks.addAll(place.checks());
    } else if (elf.isPresent() && !expectations.settings().signatures().ignored()) {
      checks.addAll(remains(elf.get()).checks());
    }
    if (!checks.stream().allMatch(Check::passed)) {
      return new Report(checks, patches, List.of(), library, Optional.empty());
    }
    List<CompletableFuture<SignatureSet>> pending = startSignatures(file, signed);
    Optional<Bytes> original = layer(signed.map(SignedBytes::unsigned).orElse(file), 1);
    List<SignatureSummary> signatures = signatures(signed.isPresent(), pending);
    Optional<Confinement> confinement = Optional.empty();
    if (original.isPresent()) {
      CheckList last = new CheckList("");
      Confinement all = Confinement.of(installed.policies());
      Target architecture = installed.policies().get(0).architecture();
      new Requirements(expectations, patches, architecture).check(last, original.get(), all);
      confinement = Optional.of(all);
      checks.addAll(last.checks());
    }
    return new Report(checks, patches, signatures, library, confinement);
  }

  private static Optional<ElfFile> parsed(Bytes file) {
    try {
      return Optional.of(ElfFile.parse(file));
    } catch (ElfFormatException | BytesException unreadable) {
      return Optional.empty(); // which the first check of the layer reports
    }
  }

  /** A file is unsigned if it has no signatures, not if they can no longer be found. */
  private static CheckList remains(ElfFile elf) {
    CheckList list = new CheckList("");
    PatchRemnants.ofSignatures(elf)
        .ifPresent(
            found ->
                list.check(
                    "signature-place",
                    () -> CheckList.fail("the file has no section for signatures, but " + found)));
    return list;
  }

  private static Optional<SignedBytes> place(Bytes file, CheckList list) {
    return list.check(
        "signature-place",
        () -> SignedBytes.read(ElfFile.parse(file)),
        place -> "the file and its signatures decide every byte");
  }

  /** Large files are read by two threads at once: for their signatures, and for all the rest. */
  private List<CompletableFuture<SignatureSet>> startSignatures(
      Bytes file, Optional<SignedBytes> signed) {
    List<CompletableFuture<SignatureSet>> pending = new ArrayList<>();
    if (expectations.trust().isPresent()) {
      signed.ifPresent(
          place -> pending.add(SignatureChecks.start(place.cms(), place.content(), true)));
      expectations
          .detached()
          .ifPresent(cms -> pending.add(SignatureChecks.start(cms, file, false)));
    }
    return pending;
  }

  private List<SignatureSummary> signatures(
      boolean signed, List<CompletableFuture<SignatureSet>> pending) {
    if (expectations.settings().signatures().ignored()) {
      return List.of();
    }
    if (pending.isEmpty()) {
      CheckList list = new CheckList("");
      if (signed) {
        list.check(
            "signatures",
            () ->
                CheckList.fail(
                    CheckFinding.NO_TRUST_ANCHORS,
                    "the file is signed, and without trust anchors that cannot be checked"));
      } else if (!expectations.passUnsigned()) {
        list.check(
            "signatures", () -> CheckList.fail(CheckFinding.NOT_SIGNED, "the file is not signed"));
      }
      checks.addAll(list.checks());
      return List.of();
    }
    SignatureChecks signatures = new SignatureChecks(expectations, patches);
    pending.forEach(signatures::check);
    signatures.requirements();
    checks.addAll(signatures.checks());
    return signatures.summaries();
  }

  /** Verifies one layer and those below it; empty if it cannot tell the original. */
  private Optional<Bytes> layer(Bytes file, int number) {
    CheckList list = new CheckList(number == 1 ? "" : "layer " + number + " ");
    Optional<PatchLayer> layer = read(file, number == 1, list);
    Optional<Bytes> original = Optional.empty();
    if (layer.isPresent()) {
      original =
          original(layer.get(), list, number == 1 ? expectations.original() : Optional.empty());
      if (layer.get().notes().setup().isNeeded()) {
        library = new LibraryChecks(expectations.libraries()).check(layer.get().elf(), list);
      }
    }
    checks.addAll(list.checks());
    if (original.isPresent() && HardwireNotes.count(ElfFile.parse(original.get())) > 0) {
      return layer(original.get(), number + 1);
    }
    return original;
  }

  /** A file that cannot be parsed was changed only if it has a trace of a patch. */
  private static ElfFile readable(Bytes file) {
    try {
      return ElfFile.parse(file);
    } catch (ElfFormatException e) {
      if (PatchRemnants.isIn(file)) {
        throw e;
      }
      boolean foreign = e.refusal() == Refusal.UNKNOWN_ARCHITECTURE;
      throw new CheckList.Failed(foreign ? CheckFinding.UNSUPPORTED : CheckFinding.UNREADABLE, e);
    } catch (BytesException e) {
      throw PatchRemnants.isIn(file)
          ? e
          : new CheckList.Failed(CheckFinding.UNREADABLE, e.getMessage());
    }
  }

  private Optional<PatchLayer> read(Bytes file, boolean outermost, CheckList list) {
    Optional<ElfFile> elf =
        list.check(
            "elf",
            () -> outermost ? readable(file) : ElfFile.parse(file),
            parsed -> "an executable for %s".formatted(parsed.machine().id()));
    return elf.flatMap(
        parsed ->
            list.check(
                    "notes",
                    () -> notes(parsed),
                    notes ->
                        "policy, setup and patch record are there; format %d, made by Hardwire %s"
                            .formatted(notes.version(), notes.record().release()))
                .flatMap(notes -> layer(parsed, notes, list)));
  }

  private Optional<PatchLayer> layer(ElfFile elf, HardwireNotes notes, CheckList list) {
    return list.check(
            "policy",
            () -> policy(elf, notes),
            policy -> "\"%s\", SHA-256 %s".formatted(policy.name(), notes.policy().sha256().hex()))
        .map(policy -> new PatchLayer(elf, notes, policy));
  }

  private HardwireNotes notes(ElfFile elf) {
    HardwireNotes notes = HardwireNotes.last(elf).orElseThrow(this::withoutNotes);
    if (!Format.of(notes).isWrittenBy(notes.record().release())) {
      throw new CheckList.Failed(
          CheckFinding.UNMET,
          "made by Hardwire %s, which this version does not know; use that version, or a later one"
              .formatted(notes.record().release()));
    }
    long count = HardwireNotes.count(elf);
    CheckList.require(
        count % NOTES_PER_LAYER == 0,
        "%d notes are not a multiple of policy, setup and record".formatted(count));
    for (ProgramHeader segment : elf.programHeaders()) {
      CheckList.require(
          !HardwireNotes.areIn(elf, segment) || elf.isMapped(segment),
          "the notes at 0x%x are not what is mapped at 0x%x"
              .formatted(segment.offset(), segment.vaddr()));
    }
    return notes;
  }

  private CheckList.Failed withoutNotes() {
    return PatchRemnants.find(ElfFile.parse(whole))
        .map("the file has no notes of a patch, but what is left of one: %s"::formatted)
        .map(CheckList.Failed::new)
        .orElseGet(
            () -> new CheckList.Failed(CheckFinding.NOT_HARD_WIRED, "the file is not hard-wired"));
  }

  private Policy policy(ElfFile elf, HardwireNotes notes) {
    String text = notes.policy().text();
    CheckList.require(
        notes.policy().isIntact(),
        "the policy's text does not have the digest that its note states");
    Policy policy = RecentPolicies.read(text);
    patches.add(PatchSummary.of(elf, notes, !policy.phases().isEmpty()));
    return policy;
  }

  private Optional<Bytes> original(PatchLayer layer, CheckList list, Optional<Bytes> given) {
    list.check("loader", () -> loader(layer));
    BlobChecks blob = new BlobChecks(layer);
    list.check("blob", blob::placement);
    list.check("stub", blob::stub);
    list.check("setup", blob::setup);
    list.check("filter", blob::filter);
    list.check("relocations", blob::relocations);
    UndoneLayer undone = new UndoneLayer(layer, given);
    list.check("patch-record", undone::check);
    if (undone.original().isEmpty()) {
      return Optional.empty();
    }
    ElfFile original = undone.original().get();
    HookChecks hook = new HookChecks(layer, original);
    ChangeChecks changes = new ChangeChecks(layer, original);
    list.check("hook", hook::hook);
    list.check("target", hook::target);
    if (!layer.policy().phases().isEmpty()) {
      list.check("phases", () -> phases(layer, original));
    }
    list.check("segments", changes::segments);
    list.check("dynamic", changes::dynamic);
    list.check("changes", changes::ranges);
    if (list.passed()) {
      list.check("rest", new RestCheck(layer, original)::check);
      assumption(layer, original)
          .ifPresent(belief -> list.check("start-code", () -> believed(belief)));
    }
    if (list.passed()) {
      installed.add(layer.notes().setup().hook(), blob.policy());
      return Optional.of(original.bytes());
    }
    return Optional.empty();
  }

  /** Under first, the patched file no longer shows that it is dynamic. */
  private static Optional<String> assumption(PatchLayer layer, ElfFile original) {
    boolean toMain = layer.policy().phases().stream().anyMatch(phase -> phase.function().isEmpty());
    return StartCode.assumption(original, layer.notes().setup().hook(), toMain);
  }

  private String believed(String belief) {
    return expectations.accepts(Acceptance.START_CODE)
        ? "assumed, not proven: " + belief
        : CheckList.fail(CheckFinding.UNKNOWN_START_CODE, "nothing proves " + belief);
  }

  /** Under first, only phases depend on the dynamic linker, which reads the tables of the file. */
  private String phases(PatchLayer layer, ElfFile original) {
    if (layer.notes().setup().isFirst()) {
      NormalForm.of(original, expectations.settings().interpreters());
    }
    return new PhaseChecks(layer, original).check();
  }

  private String loader(PatchLayer layer) {
    if (layer.notes().setup().isFirst()) {
      KernelForm.check(layer.elf(), layer.segment());
      return "every kernel maps the blob as the file has it, and enters it before all other code";
    }
    NormalForm form = NormalForm.of(layer.elf(), expectations.settings().interpreters());
    form.requireNothingBefore(layer.notes().setup().hook());
    if (!layer.elf().hasInterpreter() && layer.notes().setup().redirectsEntry()) {
      KernelForm.check(layer.elf(), layer.segment());
    }
    String seen =
        NormalForm.interpreter(layer.elf())
            .map("kernel and %s see what this reader sees"::formatted)
            .orElse("the kernel sees what this reader sees; no dynamic linker is named");
    long page = LoaderChecks.largestPage(layer.elf());
    return page == layer.elf().machine().pageSize()
        ? seen
        : seen + ", if its pages have at most %d KiB".formatted(page >> 10);
  }

  /**
   * What a patch was made of. A file that was changed since is compared with the given original, or
   * with what comes closest, so that the other checks can name what was changed.
   */
  private static final class UndoneLayer {
    private final PatchLayer layer;
    private final Optional<Bytes> given;
    private Optional<ElfFile> original = Optional.empty();

    /**
     * Makes one that is not undone yet.
     *
     * @param given what the user says that was patched
     */
    UndoneLayer(PatchLayer layer, Optional<Bytes> given) {
      this.layer = layer;
      this.given = given;
    }

    /** Empty before the check, and where nothing readable comes back. */
    Optional<ElfFile> original() {
      return original;
    }

    String check() {
      PatchRecord record = layer.notes().record();
      Bytes restored = OriginalBytes.unchecked(layer.elf().bytes(), record);
      Optional<Bytes> same = given.filter(restored::equals); // faster than another digest
      Optional<Bytes> known =
          same.or(() -> given.filter(bytes -> bytes.sha256().equals(record.originalSha256())));
      ElfFile before =
          known.isPresent() ? ElfFile.parse(known.get()) : OriginalBytes.read(restored);
      original = Optional.of(before);
      OriginalBytes.requireIntact(restored, record);
      long notesBefore = HardwireNotes.count(before);
      long notesNow = HardwireNotes.count(layer.elf());
      CheckList.require(
          notesNow - notesBefore == Verifier.NOTES_PER_LAYER,
          "%d notes where the original has %d; a patch adds %d"
              .formatted(notesNow, notesBefore, Verifier.NOTES_PER_LAYER));
      return "gives back the original, SHA-256 %s".formatted(record.originalSha256().hex());
    }
  }
}
