package dev.hardwire.verify;

import dev.hardwire.bytes.ByteWriter;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.DynamicTag;
import dev.hardwire.elf.InitArray;
import dev.hardwire.elf.Section;
import dev.hardwire.elf.SegmentType;
import dev.hardwire.elf.note.HardwireNotes;
import dev.hardwire.elf.note.SetupNote;
import dev.hardwire.policy.Hook;
import java.util.List;
import java.util.Optional;

/** Tricks so that the stub is not reached, or not first, or does not go on to the program. */
final class HookAttacks {
  private static final int STUB = 64;
  private static final int RELATIVE = 8;

  private HookAttacks() {}

  static List<Attack> all() {
    return List.of(
        Attack.of(
            "the hook leads past the stub's first instruction",
            "hook",
            f -> f.word(f.hookWord(), f.blobAddress() + STUB + 3)),
        Attack.of(
            "the hook leads to the stub's other entry",
            "hook",
            f -> f.word(f.hookWord(), f.blobAddress() + STUB + 64)),
        Attack.of(
            "the hook leads to the program again",
            "hook",
            f -> f.word(f.hookWord(), f.blobAddress() + f.header().target())),
        Attack.of(
            "the hook of a word in place leads to the program again",
            "gcc-nonpie",
            Hook.INIT,
            "hook",
            f -> f.word(f.hooked().fileOffset(), f.blobAddress() + f.header().target())),
        Attack.of(
            "the packed relocation of the hook is dropped",
            "relr-bfd-pie",
            Hook.INIT,
            "hook",
            f -> f.word(f.dynamic(DynamicTag.RELRSZ), 0)),
        Attack.of(
            "the init array starts one element later",
            "hook",
            f ->
                f.word(
                    f.dynamic(DynamicTag.INIT_ARRAY), f.dynamicValue(DynamicTag.INIT_ARRAY) + 8)),
        Attack.of(
            "the init array starts one element earlier, with code that runs before the stub",
            "dynamic",
            f ->
                f.word(
                    f.dynamic(DynamicTag.INIT_ARRAY), f.dynamicValue(DynamicTag.INIT_ARRAY) - 8)),
        Attack.of(
            "the init array is empty", "hook", f -> f.word(f.dynamic(DynamicTag.INIT_ARRAYSZ), 0)),
        Attack.of(
            "the init array loses its last element, the stub",
            "gcc-pie",
            Hook.POST_INIT,
            "hook",
            f ->
                f.word(
                    f.dynamic(DynamicTag.INIT_ARRAYSZ),
                    f.dynamicValue(DynamicTag.INIT_ARRAYSZ) - 8)),
        Attack.of(
                "a preinit array is added",
                "hook",
                f -> f.dynamic(DynamicTag.DEBUG, DynamicTag.PREINIT_ARRAY, f.blobAddress()))
            .always(),
        Attack.of(
            "DT_INIT runs other code before the stub",
            "dynamic",
            f -> f.word(f.dynamic(DynamicTag.INIT), f.elf.header().entry())),
        Attack.of(
            "DT_INIT is added",
            "no-init-array-pie",
            Hook.ENTRY,
            "dynamic",
            f -> f.dynamic(DynamicTag.DEBUG, DynamicTag.INIT, f.elf.header().entry())),
        Attack.of(
            "e_entry leads to the program again",
            "gcc-static",
            Hook.ENTRY,
            "hook",
            f -> f.word(f.entryField(), f.blobAddress() + f.header().target())),
        Attack.of(
            "e_entry of a dynamic program leads past the stub",
            "gcc-pie",
            Hook.ENTRY,
            "hook",
            f -> f.word(f.entryField(), f.blobAddress() + STUB + 3)),
        Attack.of(
            "e_entry changes beside the init hook",
            "hook",
            f -> f.word(f.entryField(), f.elf.header().entry() + 4)),
        Attack.of(
            "the stub goes on to other code",
            "target",
            f -> f.word(f.blobOffset() + 16, f.header().target() + 16)),
        Attack.of("the note names another hook", "hook", f -> {}).claiming(HookAttacks::otherHook),
        Attack.of("the note names the hook elsewhere", "hook", f -> {})
            .claiming(HookAttacks::otherPlace),
        Attack.of(
            "a section header shows another init array than the start code runs",
            "gcc-static",
            Hook.INIT,
            "hook",
            HookAttacks::decoyArray),
        Attack.of(
                "a second relocation sets the hook again",
                "hook",
                f -> f.relocation(RELA, RELASZ, f.hookAddress(), 0, RELATIVE, 0x1000))
            .always(),
        Attack.of(
                "an indirect function sets the hook again",
                "hook",
                f ->
                    f.relocation(
                        DynamicTag.JMPREL, DynamicTag.PLTRELSZ, f.hookAddress(), 0, 37, 0x1000))
            .always(),
        Attack.of(
                "a thread-local descriptor's second word is the hook",
                "hook",
                f -> f.relocation(RELA, RELASZ, f.hookAddress() - 8, 1, 36, 0))
            .always(),
        Attack.of(
                "a copied variable reaches the hook",
                "hook",
                f -> f.symbolSize(0x40).relocation(RELA, RELASZ, f.hookAddress() - 0x20, 1, 5, 0))
            .always(),
        Attack.of(
                "a copied variable without a size, taken as relative, sets the hook again",
                "hook",
                f ->
                    f.symbolSize(0)
                        .relocation(RELA, RELASZ, f.hookAddress(), 1, 5, f.elf.header().entry()))
            .always(),
        Attack.of(
                "a copied byte before the hook, taken as relative, sets the hook again",
                "hook",
                f ->
                    f.symbolSize(1)
                        .relocation(RELA, RELASZ, f.hookAddress() - 4, 1, 5, 0)
                        .word(f.dynamic(DynamicTag.RELACOUNT), 1 << 16))
            .always(),
        Attack.of(
            "the interpreter is another one",
            "segments",
            f -> f.put(f.interpreter(), Bytes.wrap(new byte[] {'/', 't', 'm', 'p'}))),
        Attack.of(
            "the interpreter's name is looked for elsewhere",
            "segments",
            f -> {
              byte[] name =
                  "/lib64/ld-linux-x86-64.so.1\0"
                      .getBytes(java.nio.charset.StandardCharsets.US_ASCII);
              long address = f.grow(Bytes.wrap(name));
              int index = f.index(SegmentType.INTERP);
              long offset = f.bytes().size() - name.length;
              f.word(f.programHeader(index, 8), offset).word(f.programHeader(index, 16), address);
            }));
  }

  private static final long RELA = DynamicTag.RELA;
  private static final long RELASZ = DynamicTag.RELASZ;

  private static HardwireNotes otherHook(HardwireNotes notes) {
    SetupNote setup = notes.setup();
    return new HardwireNotes(
        notes.policy(),
        new SetupNote(
            Optional.of(Hook.POST_INIT),
            setup.blobAddress(),
            setup.blobSize(),
            setup.hookAddress()),
        notes.record());
  }

  private static HardwireNotes otherPlace(HardwireNotes notes) {
    SetupNote setup = notes.setup();
    return new HardwireNotes(
        notes.policy(),
        new SetupNote(setup.hook(), setup.blobAddress(), setup.blobSize(), setup.hookAddress() + 8),
        notes.record());
  }

  /** The real array is as in the original; the section header leads to one in the blob. */
  private static void decoyArray(Forgery f) {
    InitArray array = InitArray.of(f.elf);
    f.word(array.element(0).fileOffset(), f.blobAddress() + f.header().target());
    ByteWriter decoy = new ByteWriter(f.elf.header().order());
    decoy.u64(f.blobAddress() + STUB);
    for (long i = 1; i < array.count(); i++) {
      decoy.u64(array.element(i).target());
    }
    long address = f.grow(decoy.toBytes());
    long offset = f.bytes().size() - array.count() * 8;
    Section section = f.elf.section(s -> s.type() == Section.SHT_INIT_ARRAY).orElseThrow();
    long header = f.elf.header().shoff() + section.index() * 64L;
    f.word(header + 16, address).word(header + 24, offset);
    f.claimHookAt(address);
  }
}
