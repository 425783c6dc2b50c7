package dev.hardwire.work;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.bytes.BytesException;
import dev.hardwire.bytes.Change;
import dev.hardwire.bytes.Digests;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.elf.form.NormalForm;
import dev.hardwire.elf.form.StartCode;
import dev.hardwire.elf.note.HardwireNotes;
import dev.hardwire.elf.note.PatchRecord;
import dev.hardwire.input.InputFile;
import dev.hardwire.input.ProgramFile;
import dev.hardwire.output.Warnings;
import dev.hardwire.patch.OriginalBytes;
import dev.hardwire.patch.PlannedPatch;
import dev.hardwire.patch.SignedBytes;
import dev.hardwire.patch.plan.PatchRequest;
import dev.hardwire.patch.plan.PatchSettings;
import dev.hardwire.policy.Hook;
import dev.hardwire.policy.HookChoice;
import dev.hardwire.policy.PolicyWarning;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Patches files with one policy and one set of options. */
public final class FilePatcher {
  private final PatchSettings settings;
  private final PolicySource policy;
  private final boolean single;

  /** About the policy; no file's warnings have them yet. */
  private final Queue<PolicyWarning> untold;

  private FilePatcher(
      PatchSettings settings, PolicySource policy, boolean single, Queue<PolicyWarning> untold) {
    this.settings = settings;
    this.policy = policy;
    this.single = single;
    this.untold = untold;
  }

  /**
   * Prepares to patch: reads the policy.
   *
   * @param listener takes warnings about it; without one, they go to those of the file
   * @param files how many files will be patched; the digest of a single one is computed while the
   *     policy is compiled
   * @throws IllegalStateException if there is no policy, or settings contradict each other
   */
  public static FilePatcher of(
      PatchSettings settings,
      GivenPolicy policy,
      Optional<Consumer<PolicyWarning>> listener,
      int files)
      throws IOException {
    if (!policy.isGiven()) {
      throw new IllegalStateException("no policy");
    }
    if (settings.library().isPresent() && !settings.hook().equals(HookChoice.AUTO)) {
      throw new IllegalStateException("a hook and a needed library cannot be used together");
    }
    Queue<PolicyWarning> untold = new ConcurrentLinkedQueue<>();
    return new FilePatcher(
        settings, policy.source(listener.orElse(untold::add)), files == 1, untold);
  }

  /** Why a program is skipped, if it is. A damaged file is refused before anything else. */
  public Optional<String> skips(ProgramFile program) {
    program.elf();
    return settings.sharedLibraries() ? Optional.empty() : program.skipsLibrary();
  }

  public PatchSettings settings() {
    return settings;
  }

  public Patch plan(ProgramFile program, Warnings warnings) throws IOException {
    return plan(program, () -> {}, warnings);
  }

  /**
   * The same.
   *
   * @param beforeDigest is run when all is done that does not need the digest of the file
   */
  public Patch plan(ProgramFile program, Runnable beforeDigest, Warnings warnings)
      throws IOException {
    return plan(program.entry().file(), program.elf(), beforeDigest, warnings);
  }

  /**
   * Patches a program that is in memory.
   *
   * @param signer signs it, if there is one
   * @throws VerificationFailure if the program to sign does not verify
   */
  public Bytes patched(Bytes program, Optional<FileSigner> signer)
      throws IOException, VerificationFailure {
    Warnings none = (file, message) -> {};
    return plan(Path.of("memory"), ElfFile.parse(program), () -> {}, none).content(signer);
  }

  private Patch plan(Path file, ElfFile elf, Runnable beforeDigest, Warnings warnings)
      throws IOException {
    ElfFile base = base(file, elf, warnings);
    if (settings.library().isPresent()) {
      LibraryLookup.fault(settings.library().get(), base.machine())
          .ifPresent(fault -> warnings.warn(file, fault));
    }
    Supplier<Bytes> digest = single ? Digests.of(base.bytes())::await : base.bytes()::sha256;
    PolicySource.Setup setup = policy.setup(base.machine());
    for (PolicyWarning one = untold.poll(); one != null; one = untold.poll()) {
      warnings.warn(file, one.toString());
    }
    warnings.note(file, setup.description());
    PatchRequest request = setup.request(settings);
    PlannedPatch planned =
        PlannedPatch.of(
            base,
            request,
            () -> {
              beforeDigest.run();
              return digest.get();
            });
    StartCode.assumption(base, planned.plan().hook(), beginsAtMain(request))
        .ifPresent(
            belief ->
                warnings.warn(
                    file, "verify cannot prove %s; %s".formatted(belief, Advice.PROVE_START)));
    if (settings.hook().orPostInit() && planned.plan().hook().equals(Optional.of(Hook.POST_INIT))) {
      warnings.warn(
          file,
          "hook post-init: functions of the program run before every other hook, so these and its"
              + " constructors run before the policy is installed");
    }
    planned.plan().decisions().forEach(decision -> warnings.note(file, decision));
    start(base, planned, setup, warnings, file);
    return new Patch(planned, settings.library());
  }

  /** Says what the hook first needs, or that it would be stronger. */
  private void start(
      ElfFile base, PlannedPatch planned, PolicySource.Setup setup, Warnings warnings, Path file) {
    boolean first = planned.plan().hook().equals(Optional.of(Hook.FIRST));
    boolean couldBe =
        settings.hook().hook().isEmpty() && settings.library().isEmpty() && base.hasInterpreter();
    if (!first && !couldBe) {
      return;
    }
    if (first) {
      for (String warning : setup.first().warnings(NormalForm.interpreter(base).orElseThrow())) {
        warnings.warn(file, warning);
      }
      if (setup.program().seals() && NormalForm.relocatesCode(base)) {
        warnings.warn(
            file,
            "the policy seals code that the dynamic linker has to relocate (DT_TEXTREL), so under"
                + " the hook first the program will not start; use another hook");
      }
    } else if (setup.first().denied().isEmpty()) {
      warnings.note(
          file,
          "--hook first would be stronger: the policy would apply to the dynamic linker,"
              + " preloaded libraries and all constructors, too");
    }
  }

  private static boolean beginsAtMain(PatchRequest request) {
    return request.phases().stream().anyMatch(one -> one.phase().function().isEmpty());
  }

  /** The file that is patched: the input without the patches and signatures that are replaced. */
  private ElfFile base(Path file, ElfFile input, Warnings warnings) {
    if (settings.existing() == PatchSettings.Existing.REFUSE) {
      return input;
    }
    ElfFile elf = input;
    if (SignedBytes.isSigned(elf)) {
      warnings.warn(file, "its signatures are removed");
      elf = SignedBytes.unsigned(elf); // they would not hold for the changed file
    }
    if (settings.existing() == PatchSettings.Existing.REPLACE) {
      Optional<HardwireNotes> notes = HardwireNotes.last(elf);
      if (notes.isPresent()) {
        warnings.note(
            file, "its last policy is replaced: the file of " + notes.get().record().described());
        return ElfFile.parse(OriginalBytes.of(elf.bytes(), notes.get().record()));
      }
    }
    return elf;
  }

  /**
   * Whether a file is what these settings make of the original that it records: every byte that the
   * patch writes is there. Other bytes are not compared.
   *
   * @param signer whose signature it must have; if empty, and the size is given or the settings say
   *     so, it must be unsigned
   * @param originalSize size in bytes of the original, if it is known
   */
  public boolean isResult(
      ProgramFile file, Optional<FileSigner> signer, Optional<Long> originalSize) {
    return isResult(file.elf(), signer, originalSize);
  }

  /** The same for a file that may be anything. */
  public boolean isResult(Path file, Optional<FileSigner> signer, long originalSize)
      throws IOException {
    try (InputFile input = InputFile.open(file)) {
      return isResult(ElfFile.parse(input.bytes()), signer, Optional.of(originalSize));
    } catch (ElfFormatException notAnExecutable) {
      return false;
    }
  }

  private boolean isResult(ElfFile elf, Optional<FileSigner> signer, Optional<Long> originalSize) {
    boolean signatures =
        signer.isPresent()
            ? signer.get().hasSigned(elf)
            : !SignedBytes.isSigned(elf) || (originalSize.isEmpty() && !settings.unsigned());
    return signatures && isResult(elf, originalSize);
  }

  private boolean isResult(ElfFile input, Optional<Long> originalSize) {
    try {
      Bytes file = (SignedBytes.isSigned(input) ? SignedBytes.unsigned(input) : input).bytes();
      Optional<HardwireNotes> notes = HardwireNotes.last(input);
      if (notes.isEmpty()) {
        return false;
      }
      PatchRecord record = notes.get().record();
      if (originalSize.isPresent() && originalSize.get() != record.originalSize()) {
        return false;
      }
      List<Change> undo =
          record.ranges().stream().map(range -> new Change(range.offset(), range.old())).toList();
      ElfFile base = ElfFile.parse(file.slice(0, record.originalSize()).withChanges(undo));
      PatchRequest request =
          policy.setup(base.machine()).request(settings).madeBy(record.release());
      return PlannedPatch.of(base, request, record::originalSha256).isAppliedTo(file);
    } catch (ElfFormatException | BytesException e) {
      return false; // patching the file will report what is wrong with it
    }
  }
}
