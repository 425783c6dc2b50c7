package dev.hardwire.verify;

import static dev.hardwire.verify.CheckList.require;

import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.InitArray;
import dev.hardwire.elf.Relocation;
import dev.hardwire.elf.form.ImportJump;
import dev.hardwire.elf.form.PhaseFlags;
import dev.hardwire.elf.note.BlobHeader;
import dev.hardwire.policy.Hook;
import dev.hardwire.stub.Veneer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * How the phases of a policy begin: each function's only jump leads to the veneer, the veneer to
 * the stub of the phase once, and both go on to the function.
 */
final class PhaseChecks {
  private final PatchLayer layer;
  private final ElfFile elf;
  private final ElfFile original;
  private final long blob;

  PhaseChecks(PatchLayer layer, ElfFile original) {
    this.layer = layer;
    this.elf = layer.elf();
    this.original = original;
    this.blob = layer.notes().setup().blobAddress();
  }

  String check() {
    require(!layer.notes().setup().isNeeded(), "a library cannot begin phases");
    Optional<PhaseFlags> flags = PhasePart.flags(original, layer.policy());
    flags.ifPresent(this::flags);
    List<String> found = new ArrayList<>();
    int flag = 0;
    for (PhasePart part : layer.phases()) {
      if (part.phase().function().isPresent()) {
        veneer(part, flags.orElseThrow().flag(flag++));
      } else {
        main(part);
      }
      found.add("\"%s\" at %s".formatted(part.phase().name(), part.phase().moment()));
    }
    return String.join(", ", found) + (found.size() == 1 ? " begins once" : " begin once each");
  }

  /** The flags are zero when the program starts, and nothing but the veneers writes to them. */
  private void flags(PhaseFlags flags) {
    require(
        elf.loads().contains(flags.after()),
        "no segment has the flags of phases at 0x%x".formatted(flags.address()));
    require(
        flags.after().isWritable()
            && flags.address() >= flags.after().vaddr() + flags.after().filesz(),
        "the flags of phases are not zero when the program starts");
    require(
        elf.relocations().touching(flags.address(), flags.end() - flags.address()).isEmpty(),
        "a relocation writes to the flags of phases");
  }

  private void veneer(PhasePart part, long flag) {
    String function = part.phase().function().orElseThrow();
    ImportJump jump = ImportJump.of(original, function);
    long address = blob + part.veneerOffset();
    long entry = blob + part.offset() + BlobHeader.SIZE + entry(Hook.INIT);
    for (long other : new long[] {flag, jump.slot(), jump.address()}) {
      require(
          Veneer.isNear(address, other),
          "the veneer at 0x%x is too far from 0x%x".formatted(address, other));
    }
    Veneer veneer = new Veneer(address, flag, jump.slot(), entry);
    require(
        layer.blob().contains(part.veneerOffset(), Veneer.SIZE)
            && layer.blob().slice(part.veneerOffset(), Veneer.SIZE).equals(veneer.encode()),
        "the veneer of the phase \"%s\" at 0x%x is not the one that Hardwire writes"
            .formatted(part.phase().name(), address));
    long offset = elf.fileOffset(jump.address(), ImportJump.SIZE).orElse(-1);
    require(
        offset >= 0
            && elf.bytes().slice(offset, ImportJump.SIZE).equals(veneer.jumpFrom(jump.address())),
        "the PLT entry of %s at 0x%x does not lead to the veneer at 0x%x"
            .formatted(function, jump.address(), address));
    require(
        elf.relocations().touching(jump.address(), ImportJump.SIZE).isEmpty(),
        "a relocation changes the PLT entry of " + function);
    require(
        !jump.isUsedOutside(elf, address, address + Veneer.SIZE),
        "code that a kernel may execute leads to the slot of %s at 0x%x beside the veneer"
            .formatted(function, jump.slot()));
    require(
        bindings(elf, jump).equals(bindings(original, jump)),
        "the slot of %s at 0x%x is not bound as in the original".formatted(function, jump.slot()));
    require(
        blob + part.offset() + part.header().target() == address + Veneer.RETURN,
        "the stub of the phase \"%s\" goes on to 0x%x, not to its veneer"
            .formatted(part.phase().name(), blob + part.offset() + part.header().target()));
  }

  private int entry(Hook hook) {
    return layer.format().stub(elf.machine()).entryOffset(hook);
  }

  /** The relocations that write to a slot, and what it holds before. */
  private static List<Object> bindings(ElfFile file, ImportJump jump) {
    List<Object> all = new ArrayList<>();
    for (Relocation one : file.relocations().touching(jump.slot(), Long.BYTES)) {
      all.add(List.of(one.type(), one.symbol(), one.addend(), one.address()));
    }
    file.fileOffset(jump.slot(), Long.BYTES)
        .ifPresent(offset -> all.add(file.bytes().slice(offset, Long.BYTES)));
    return all;
  }

  private void main(PhasePart part) {
    InitArray before = InitArray.of(original);
    InitArray array = InitArray.of(elf);
    InitArray.Element last = array.element(array.count() - 1);
    long expected = entryOfMain(layer, part);
    boolean shared = isShared(layer, before);
    require(
        shared || last.target() == expected,
        "the last element of the init array leads to 0x%x, the stub of the phase \"%s\" is at 0x%x"
            .formatted(last.target(), part.phase().name(), expected));
    long target = blob + part.offset() + part.header().target();
    require(
        target == before.element(before.count() - 1).target(),
        "the stub of the phase \"%s\" calls 0x%x, and not the original's last constructor"
            .formatted(part.phase().name(), target));
  }

  private static long entryOfMain(PatchLayer layer, PhasePart part) {
    return layer.notes().setup().blobAddress()
        + part.offset()
        + BlobHeader.SIZE
        + layer.format().stub(layer.elf().machine()).entryOffset(Hook.POST_INIT);
  }

  /** Whether one element of the array calls the stubs of both the start and the phase. */
  private static boolean isShared(PatchLayer layer, InitArray before) {
    return before.count() == 1 && layer.notes().setup().hook().equals(Optional.of(Hook.INIT));
  }

  /** Where the stub of the start goes on, if that is to the stub of a phase. */
  static Optional<Long> sharedTarget(PatchLayer layer, ElfFile original) {
    for (PhasePart part : layer.phases()) {
      if (part.phase().function().isEmpty() && isShared(layer, InitArray.of(original))) {
        return Optional.of(entryOfMain(layer, part));
      }
    }
    return Optional.empty();
  }
}
