package dev.hardwire.verify;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.DynamicTag;
import dev.hardwire.elf.SegmentType;
import dev.hardwire.elf.note.HardwireNotes;
import dev.hardwire.elf.note.PolicyNote;
import dev.hardwire.policy.Hook;
import java.util.List;
import java.util.Set;

/** Tricks so that the stub runs, and installs something else or nothing. */
final class BlobAttacks {
  private static final int RELATIVE = 8;
  private static final int FLAGS = 4;
  private static final int RECORD_FAILURE = 3;
  private static final int ARGUMENTS = 16;

  /** Of a call that cannot be made, its message, the filter's address, and the call itself. */
  private static final int PROBE = 1;

  private static final int STORE = 3;
  private static final int SECCOMP = 4;
  private static final long RELA = DynamicTag.RELA;
  private static final long RELASZ = DynamicTag.RELASZ;

  private BlobAttacks() {}

  static List<Attack> all() {
    return List.of(
        Attack.of("a byte of the stub is another", "stub", f -> f.flip(f.blobOffset() + 64 + 100)),
        Attack.of("the stub is cut short", "stub", f -> f.half(f.blobOffset() + 36, 16)),
        Attack.of(
            "the blob is said to be for another machine", "stub", f -> f.flip(f.blobOffset() + 10)),
        Attack.of(
            "the filter begins by allowing all",
            "filter",
            f -> f.half(f.filter(), 0x06).half(f.filter() + 4, 0x7fff0000)),
        Attack.of(
            "the filter does not look at the architecture",
            "filter",
            f -> f.half(f.filter() + 8, 0x05).half(f.filter() + 12, 0)),
        Attack.of(
            "the filter kills no more but allows",
            "filter",
            f -> f.half(f.filter() + (f.filterSize() - 1) * 8L + 4, 0x7fff0000)),
        Attack.of(
            "the setup does not set no_new_privs",
            "setup",
            f -> f.put(f.record(0, 0), Bytes.wrap(new byte[] {39, 0}))), // getpid
        Attack.of(
            "the setup clears no_new_privs", "setup", f -> f.word(f.record(0, ARGUMENTS + 8), 0)),
        Attack.of(
            "seccomp may fail",
            "setup",
            f -> f.put(f.record(SECCOMP, RECORD_FAILURE), Bytes.wrap(new byte[1]))),
        Attack.of(
            "only an error number counts as failure of seccomp",
            "setup",
            f -> f.put(f.record(SECCOMP, RECORD_FAILURE), Bytes.wrap(new byte[] {1}))),
        Attack.of(
            "after a failure a step is skipped",
            "setup",
            f -> f.put(f.record(SECCOMP, 4), Bytes.wrap(new byte[] {1}))),
        Attack.of(
            "seccomp is skipped after no_new_privs",
            "setup",
            f -> f.put(f.record(0, 5), Bytes.wrap(new byte[] {4}))),
        Attack.of(
            "other threads are not filtered (no TSYNC)",
            "setup",
            f -> f.word(f.record(SECCOMP, ARGUMENTS + 8), 0)),
        Attack.of(
            "a seccomp that is faked goes on",
            "setup",
            f -> f.put(f.record(PROBE, RECORD_FAILURE + 2), Bytes.wrap(new byte[] {1}))),
        Attack.of(
            "the probe for a faked seccomp is another call",
            "setup",
            f -> f.put(f.record(PROBE, 0), Bytes.wrap(new byte[] {39, 0}))), // getpid
        Attack.of(
            "the probe for a faked seccomp can be told from the call",
            "setup",
            f -> f.word(f.record(PROBE, ARGUMENTS + 8), 0)),
        Attack.of(
            "the filter is only checked, not installed",
            "setup",
            f -> f.word(f.record(SECCOMP, ARGUMENTS), 2)), // SECCOMP_GET_ACTION_AVAIL
        Attack.of(
            "the filter is shorter than it is long",
            "setup",
            f -> f.word(f.record(STORE, ARGUMENTS), 1)),
        Attack.of(
            "the last step is left out",
            "setup",
            f -> f.half(f.blobOffset() + 28, f.header().recordCount() - 1)),
        Attack.of(
            "the records start one later",
            "setup",
            f ->
                f.half(f.blobOffset() + 24, f.header().recordsOffset() + 64)
                    .half(f.blobOffset() + 28, f.header().recordCount() - 1)),
        Attack.of(
            "the blob can be written to",
            "blob",
            f -> f.half(f.programHeader(f.blobIndex, FLAGS), 7)),
        Attack.of(
            "the blob cannot be executed",
            "blob",
            f -> f.half(f.programHeader(f.blobIndex, FLAGS), 4)),
        Attack.of(
                "the blob is larger in memory",
                "blob",
                f ->
                    f.word(
                        f.programHeader(f.blobIndex, 40),
                        f.elf.programHeaders().get(f.blobIndex).memsz() + 0x2000))
            .by(Set.of(Attack.Attacker.CLUMSY)),
        Attack.of(
                "another segment is mapped over the blob",
                "blob",
                f -> overlap(f, SegmentType.LOAD))
            .by(Set.of(Attack.Attacker.CLUMSY)),
        Attack.of(
            "thread-local storage is over the blob", "blob", f -> overlap(f, SegmentType.TLS)),
        Attack.of("relro covers the blob", "blob", f -> overlap(f, SegmentType.GNU_RELRO)),
        relocation("a relocation overwrites the filter", RELATIVE, 0),
        relocation("an indirect function's address overwrites the filter", 37, 0),
        relocation("a symbol's address overwrites the filter", 6, 1),
        Attack.of(
                "a lazily bound call overwrites the filter",
                "relocations",
                f ->
                    f.relocation(
                        DynamicTag.JMPREL, DynamicTag.PLTRELSZ, f.blobAddress() + 0x140, 1, 7, 0))
            .always(),
        Attack.of(
                "a copied variable reaches the blob from below",
                "relocations",
                f ->
                    f.symbolSize(0x2000)
                        .relocation(RELA, RELASZ, f.blobAddress() - 0x1000, 1, 5, 0))
            .always(),
        Attack.of(
                "a copied variable without a size, taken as relative, overwrites the filter",
                "relocations",
                f -> f.symbolSize(0).relocation(RELA, RELASZ, f.blobAddress() + 0x140, 1, 5, 0))
            .always(),
        Attack.of(
            "a packed relocation overwrites the filter",
            "relr-bfd-pie",
            Hook.INIT,
            "relocations",
            f ->
                f.word(
                    f.offsetOf(f.dynamicValue(DynamicTag.RELR))
                        + f.dynamicValue(DynamicTag.RELRSZ)
                        - 8,
                    f.blobAddress() + 0x140)),
        Attack.of(
            "a table of relocations without addends overwrites the filter",
            "relocations",
            f ->
                f.word(f.dynamic(RELA) - 8, DynamicTag.REL)
                    .word(f.dynamic(RELASZ) - 8, DynamicTag.RELSZ)
                    .word(f.offsetOf(f.dynamicValue(RELA)) + 16, f.blobAddress() + 0x140)
                    .word(f.offsetOf(f.dynamicValue(RELA)) + 24, RELATIVE)),
        Attack.of("the policy's text is another", "policy", f -> f.flip(f.policyText() + 20))
            .by(Set.of(Attack.Attacker.CLUMSY)),
        Attack.of("text and digest of the policy are others", "filter", f -> {})
            .claiming(
                n ->
                    new HardwireNotes(
                        PolicyNote.of(n.policy().text().replace("uname", "chmod")),
                        n.setup(),
                        n.record())),
        Attack.of("the policy's text is not canonical", "policy", f -> {})
            .claiming(
                n ->
                    new HardwireNotes(
                        PolicyNote.of(n.policy().text() + "# approved\n"), n.setup(), n.record())));
  }

  private static Attack relocation(String name, int type, long symbol) {
    return Attack.of(
            name,
            "relocations",
            f -> f.relocation(RELA, RELASZ, f.blobAddress() + 0x140, symbol, type, 0x1000))
        .always();
  }

  /** The unwind table's header becomes a segment over the blob. */
  private static void overlap(Forgery f, long type) {
    int index = f.index(SegmentType.GNU_EH_FRAME);
    var blob = f.elf.programHeaders().get(f.blobIndex);
    boolean load = type == SegmentType.LOAD;
    long start = load ? blob.memoryEnd() : blob.vaddr() - 0x1000;
    long size = load ? 0x10 : 0x2000;
    f.half(f.programHeader(index, 0), type)
        .word(f.programHeader(index, 8), load ? blob.offset() + (blob.memoryEnd() & 0xfff) : 0)
        .word(f.programHeader(index, 16), start)
        .word(f.programHeader(index, 32), size)
        .word(f.programHeader(index, 40), size);
  }
}
