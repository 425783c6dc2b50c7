package dev.hardwire.verify;

import dev.hardwire.arch.Target;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.elf.ProgramHeader;
import dev.hardwire.elf.Refusal;
import dev.hardwire.elf.note.BlobHeader;
import dev.hardwire.elf.note.HardwireNotes;
import dev.hardwire.filter.Disassembler;
import dev.hardwire.filter.Filter;
import dev.hardwire.patch.OriginalBytes;
import dev.hardwire.patch.SignedBytes;
import dev.hardwire.policy.Landlock;
import dev.hardwire.policy.Phase;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.stub.SetupProgram;
import dev.hardwire.stub.SetupText;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;

/**
 * What one patch has put into a file, decoded from the file's bytes. Nothing is proved here; {@link
 * Verifier} does.
 *
 * @param blobAddress virtual address of the blob
 * @param blobOffset file offset of the blob in bytes
 * @param target virtual address of the program's code that the stub, or the loader, goes on to
 * @param library what the program was made to need; empty where a stub runs the setup program
 * @param linker the dynamic linker that the loader of the hook first maps; empty with other hooks
 * @param growth bytes that the file grew by; empty if the file was changed since
 * @param setup the setup steps as strace would show them
 * @param architecture whose calls the filters decide
 * @param filters in the order in which they are installed
 * @param phases what begins later, in the policy's order
 * @param patched the file with this patch and without later ones
 * @param original the file before this patch; empty if the file was changed since
 */
public record Inspection(
    String machine,
    HardwireNotes notes,
    String policyName,
    long blobAddress,
    long blobOffset,
    long blobSize,
    long target,
    Optional<String> library,
    Optional<String> linker,
    Optional<Long> growth,
    List<String> setup,
    Target architecture,
    List<Filter> filters,
    List<Later> phases,
    ElfFile patched,
    Optional<ElfFile> original) {
  public Inspection {
    setup = List.copyOf(setup);
    filters = List.copyOf(filters);
    phases = List.copyOf(phases);
  }

  /**
   * What begins later.
   *
   * @param target virtual address of the code that the stub goes on to
   * @param setup the setup steps as strace would show them
   */
  public record Later(Phase phase, long target, List<String> setup, List<Filter> filters) {}

  /** How many layers of Landlock's rules a process gets from this patch on every kernel. */
  public int rulesets() {
    Policy policy = policy(notes.policy().text());
    int count = policy.landlock().filter(Inspection::isCertain).isPresent() ? 1 : 0;
    for (Later later : phases) {
      count += later.phase().landlock().isPresent() ? 1 : 0;
    }
    return count;
  }

  private static boolean isCertain(Landlock landlock) {
    return landlock.guaranteedAbi() >= landlock.firstAbi();
  }

  public List<String> filterLines() {
    return lines(filters);
  }

  public List<String> lines(List<Filter> some) {
    return some.stream().flatMap(f -> Disassembler.lines(f, architecture).stream()).toList();
  }

  /**
   * Decodes all patches of a file, the last first.
   *
   * @throws ElfFormatException if the file is not hard-wired, or what is there cannot be decoded
   */
  public static List<Inspection> of(Bytes file) {
    return of(file, Inspection::original);
  }

  /**
   * Decodes all patches of a file that {@link Verifier} has proven, without computing the digests
   * of the originals again.
   */
  public static List<Inspection> ofProven(Bytes file) {
    return of(
        file, (elf, notes) -> Optional.of(OriginalBytes.unchecked(elf.bytes(), notes.record())));
  }

  private static List<Inspection> of(
      Bytes file, BiFunction<ElfFile, HardwireNotes, Optional<Bytes>> undo) {
    List<Inspection> all = new ArrayList<>();
    Optional<ElfFile> next = Optional.of(ElfFile.parse(unsigned(file)));
    while (next.isPresent()) {
      ElfFile elf = next.get();
      Optional<HardwireNotes> notes = HardwireNotes.last(elf);
      if (notes.isEmpty()) {
        break;
      }
      next = undo.apply(elf, notes.get()).map(ElfFile::parse);
      all.add(one(elf, notes.get(), next));
    }
    if (all.isEmpty()) {
      throw ElfFormatException.notPatched();
    }
    return all;
  }

  private static Bytes unsigned(Bytes file) {
    ElfFile elf = ElfFile.parse(file);
    try {
      return SignedBytes.unsigned(elf).bytes();
    } catch (ElfFormatException changedSince) {
      return file; // signed, then stripped, for example
    }
  }

  private static Optional<Bytes> original(ElfFile elf, HardwireNotes notes) {
    try {
      return Optional.of(OriginalBytes.of(elf.bytes(), notes.record()));
    } catch (ElfFormatException changedSince) {
      return Optional.empty(); // stripped, for example; what is enforced can be shown all the same
    }
  }

  private static Inspection one(ElfFile elf, HardwireNotes notes, Optional<ElfFile> original) {
    long address = notes.setup().blobAddress();
    ProgramHeader segment =
        elf.loads().stream()
            .filter(p -> p.overlapsMemory(address, address + 1))
            .filter(p -> address - p.vaddr() <= p.filesz())
            .findFirst()
            .orElseThrow(
                () ->
                    new ElfFormatException(
                        Refusal.DAMAGED_PATCH,
                        0,
                        "setup note",
                        "no segment is at the blob's address"));
    long before = address - segment.vaddr();
    long offset = segment.offset() + before;
    Bytes blob = elf.bytes().slice(offset, segment.filesz() - before);
    BlobHeader header = BlobHeader.decode(elf.header().elfClass(), blob, offset);
    SetupProgram program = Blobs.program(elf.machine(), blob, header, offset);
    Policy policy = policy(notes.policy().text());
    Optional<Blobs.Loader> loader =
        notes.setup().isFirst()
            ? Optional.of(Blobs.Loader.of(elf, blob, offset))
            : Optional.empty();
    return new Inspection(
        elf.machine().id(),
        notes,
        policy.name(),
        address,
        offset,
        blob.size(),
        address + loader.map(one -> one.offset() + one.header().target()).orElse(header.target()),
        library(elf, notes),
        loader.map(Blobs.Loader::path),
        original.map(undone -> elf.bytes().size() - undone.bytes().size()),
        SetupText.lines(elf.machine(), program),
        elf.machine(),
        Blobs.filters(elf.machine(), program),
        phases(elf, PhasePart.of(elf, blob, offset, notes.setup(), policy), address),
        elf,
        original);
  }

  private static List<Later> phases(ElfFile elf, List<PhasePart> parts, long address) {
    return parts.stream()
        .map(
            part ->
                new Later(
                    part.phase(),
                    address + part.offset() + part.header().target(),
                    SetupText.lines(elf.machine(), part.program()),
                    Blobs.filters(elf.machine(), part.program())))
        .toList();
  }

  private static Policy policy(String text) {
    try {
      return RecentPolicies.parsed(text);
    } catch (PolicyException e) {
      throw new ElfFormatException(Refusal.DAMAGED_PATCH, 0, "policy note", e.getMessage())
          .causedBy(e);
    }
  }

  private static Optional<String> library(ElfFile elf, HardwireNotes notes) {
    try {
      return notes.setup().isNeeded() ? Optional.of(NeededChecks.library(elf)) : Optional.empty();
    } catch (CheckList.Failed e) {
      throw new ElfFormatException(Refusal.DAMAGED_PATCH, 0, "DT_NEEDED", e.getMessage())
          .causedBy(e);
    }
  }
}
