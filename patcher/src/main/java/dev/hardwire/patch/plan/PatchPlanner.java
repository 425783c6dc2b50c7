package dev.hardwire.patch.plan;

import dev.hardwire.arch.ElfClass;
import dev.hardwire.bytes.ByteWriter;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.bytes.Digests;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.elf.FileHeader;
import dev.hardwire.elf.HeaderField;
import dev.hardwire.elf.ProgramHeader;
import dev.hardwire.elf.Refusal;
import dev.hardwire.elf.Section;
import dev.hardwire.elf.SegmentType;
import dev.hardwire.elf.form.NormalForm;
import dev.hardwire.elf.note.BlobHeader;
import dev.hardwire.elf.note.HardwireNotes;
import dev.hardwire.elf.note.PatchRecord;
import dev.hardwire.elf.note.PolicyNote;
import dev.hardwire.elf.note.SetupNote;
import dev.hardwire.policy.Hook;
import dev.hardwire.stub.Blob;
import dev.hardwire.stub.LoaderBlob;
import dev.hardwire.stub.SealSteps;
import dev.hardwire.stub.SetupProgram;
import dev.hardwire.stub.StubCode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Plans a patch: a pure function of the file and the request.
 *
 * <p>The patch record contains the old bytes of every edit and is itself part of the blob. The
 * record's size does not affect which bytes change, so the plan is made once without the record and
 * once with it.
 */
public final class PatchPlanner {
  private static final int SECTION_ALIGNMENT = 8;

  /** A smaller gap between two moved tables is part of one section over their space. */
  private static final int STALE_GAP = 8;

  private static final long READ_EXECUTE = ProgramHeader.PF_R | ProgramHeader.PF_X;

  /** The largest hole, in bytes, that moving the program header table may leave in the file. */
  private static final long LARGEST_HOLE = 1L << 36;

  /** Leaves 16 MiB of the 32-bit range for the parts after the blob. */
  private static final long LARGEST_OF_32_BITS = 0xff00_0000L;

  private final ElfFile elf;
  private final FileHeader header;
  private final SetupProgram program;
  private final Blob blob;
  private final Optional<LoaderBlob> loader;
  private final Optional<NeededPlanner> needed;
  private final HookPlanner hooks;
  private final PhasePlanner phases;
  private final PolicyNote policy;

  private PatchPlanner(ElfFile elf, NormalForm form, PatchRequest request) {
    this.elf = elf;
    this.header = elf.header();
    this.program = request.program();
    this.needed = request.settings().library().map(library -> new NeededPlanner(elf, library));
    this.hooks = new HookPlanner(elf, form, request.settings().hook());
    boolean isFirst = request.settings().isFirst();
    SetupProgram sized = sized(isFirst);
    this.blob =
        needed.isPresent()
            ? Blob.withoutCode(elf.machine(), sized)
            : new Blob(elf.machine(), sized);
    this.loader =
        isFirst ? Optional.of(LoaderBlob.behind(blob, interpreter(elf))) : Optional.empty();
    this.phases =
        new PhasePlanner(elf, form, request, loader.map(LoaderBlob::end).orElse(blob.size()));
    this.policy = request.policy();
  }

  /** The setup program with the steps that depend on addresses, which are not known yet. */
  private SetupProgram sized(boolean isFirst) {
    if (!program.seals()) {
      return program;
    }
    List<ProgramHeader> segments = new ArrayList<>(elf.programHeaders());
    long flags = needed.map(NeededPlanner::segmentFlags).orElse(READ_EXECUTE);
    segments.add(new ProgramHeader(SegmentType.LOAD, flags, 0, 0, 0, 1, 1, 1));
    Optional<Hook> hook = Optional.empty();
    if (isFirst) {
      hook = Optional.of(Hook.FIRST);
    } else if (needed.isEmpty()) {
      hook = hooks.plan(0, Optional.empty()).hook();
    }
    return SealSteps.added(program, elf.machine(), segments, 0, hook);
  }

  public static PatchPlan plan(ElfFile elf, PatchRequest request) {
    return plan(elf, request, elf.bytes()::sha256);
  }

  /**
   * The same for a file whose digest is known, or will be.
   *
   * @param sha256 gives the digest of the file; asked when most of the work is done
   */
  public static PatchPlan plan(ElfFile elf, PatchRequest request, Supplier<Bytes> sha256) {
    NormalForm form = PatchChecks.check(elf, request);
    if (request.settings().library().isPresent()) {
      form.requireNothingBefore(Optional.empty());
    }
    PatchPlanner planner = new PatchPlanner(elf, form, request);
    PatchRecord empty =
        new PatchRecord(
            elf.bytes().size(), Bytes.zeros(Digests.SIZE), request.release(), List.of());
    PatchPlan draft = planner.draft(empty, false);
    PatchRecord record = record(draft, empty, sha256.get());
    PatchPlan plan = planner.draft(record, true);
    if (!record(plan, empty, record.originalSha256()).equals(record)) {
      throw new IllegalStateException(
          "the second draft of the plan changes other bytes than the first");
    }
    return plan;
  }

  /** The path that the kernel would read, which the loader reads in its place. */
  private static Bytes interpreter(ElfFile elf) {
    return NormalForm.interpreterPath(elf)
        .orElseThrow(
            () ->
                HeaderField.E_TYPE.refuse(
                    Refusal.NO_INTERPRETER,
                    elf.header().elfClass(),
                    HardwireNotes.isFirst(elf)
                        ? "it has the hook first already"
                        : "no dynamic linker is named, so nothing runs before its entry point"));
  }

  private void requireSize(long size) {
    boolean counts = header.elfClass() == ElfClass.CLASS64 || size <= LARGEST_OF_32_BITS;
    if (!counts || Long.compareUnsigned(size - elf.bytes().size(), LARGEST_HOLE) > 0) {
      throw new ElfFormatException(
          Refusal.TOO_LARGE,
          HeaderField.E_PHOFF.offset(header.elfClass()),
          HeaderField.E_PHOFF.field(),
          "the patched file, with the hole that moving the table leaves, would have %d bytes"
              .formatted(size));
    }
  }

  private static PatchRecord record(PatchPlan draft, PatchRecord empty, Bytes sha256) {
    List<PatchRecord.Range> ranges = new ArrayList<>(draft.edits().size());
    for (Edit edit : draft.edits()) {
      ranges.add(new PatchRecord.Range(edit.offset(), edit.expected()));
    }
    return new PatchRecord(empty.originalSize(), sha256, empty.release(), ranges);
  }

  /**
   * @param complete whether to make the additions, too
   */
  private PatchPlan draft(PatchRecord record, boolean complete) {
    SetupNote unknown = new SetupNote(Optional.empty(), 0, 0, 0);
    long notesSize = new HardwireNotes(policy, unknown, record).size();
    FileLayout layout =
        LayoutPlanner.plan(
            elf,
            new LayoutDemand(
                phases.size(),
                notesSize,
                needed.map(NeededPlanner::segmentFlags).orElse(READ_EXECUTE),
                needed.map(NeededPlanner::growths).orElse(List.of()),
                phases.flags(),
                loader.flatMap(one -> elf.segment(SegmentType.INTERP))));
    requireSize(layout.blobOffset() + layout.blobSize());
    HookPlan hook =
        needed.isPresent()
            ? needed.get().hook()
            : hooks.plan(layout.blobAddress() + BlobHeader.SIZE, loader);
    SetupNote setup =
        new SetupNote(hook.hook(), layout.blobAddress(), layout.blobSize(), hook.hookAddress());

    Additions additions = new Additions(complete);
    List<Edit> edits = new ArrayList<>(hook.edits());
    hook = phases.addTo(edits, additions, layout, hook);
    addBlob(additions, layout, hook);
    addLoader(additions, layout);
    additions.add(
        layout.notesOffset(),
        () -> new HardwireNotes(policy, setup, record).encode(header.order()),
        "policy note, setup note and patch record");
    edits.add(
        edit(
            HeaderField.E_PHNUM,
            header.half(layout.table().size()),
            "e_phnum: entries of the program header table"));
    if (layout.tableOffset() == header.phoff()) {
      edits.add(tableInPlace(layout));
    } else {
      edits.add(
          edit(
              HeaderField.E_PHOFF,
              header.word(layout.tableOffset()),
              "e_phoff: the program header table moves"));
      additions.add(layout.tableOffset(), () -> tableBytes(layout), "program header table");
    }
    new MoveEdits(elf, layout).addTo(edits, additions);
    needed.ifPresent(planner -> planner.addTo(edits, additions, layout));
    long end = layout.blobOffset() + layout.blobSize();
    if (!elf.sections().isEmpty()) {
      end = addSections(edits, additions, layout, layout.notesOffset() + notesSize);
    }
    additions.addTrailer(elf, end);
    edits.removeIf(edit -> edit.expected().equals(edit.replacement()));
    edits.sort((a, b) -> Long.compare(a.offset(), b.offset()));
    PatchChecks.interpreterStays(elf, layout, edits);

    List<String> decisions = new ArrayList<>();
    decisions.add(
        hook.hook().isPresent()
            ? "hook " + hook.hook().get() + ": " + hook.reason()
            : hook.reason());
    decisions.addAll(layout.decisions());
    decisions.addAll(phases.decisions());
    return new PatchPlan(elf.bytes().size(), hook.hook(), decisions, edits, additions.ascending());
  }

  private void addBlob(Additions additions, FileLayout layout, HookPlan hook) {
    long target = hook.hook().isEmpty() ? 0 : hook.target() - layout.blobAddress();
    SetupProgram runs =
        SealSteps.added(program, elf.machine(), layout.table(), layout.blobAddress(), hook.hook());
    if (runs.steps().size() != blob.program().steps().size()) {
      throw new IllegalStateException("the setup program has other steps than were planned");
    }
    additions.add(
        layout.blobOffset(),
        () -> blob.running(runs).encode(target, layout.blobSize()),
        hook.hook().isEmpty()
            ? "blob header and setup program"
            : "blob header, stub and setup program; the stub goes on to 0x"
                + Long.toHexString(hook.target()));
  }

  private void addLoader(Additions additions, FileLayout layout) {
    if (loader.isPresent()) {
      additions.add(
          layout.blobOffset() + loader.get().offset(),
          () -> loader.get().encode(layout.blobAddress(), header.entry(), layout.blobSize()),
          "loader, which maps the dynamic linker and goes on to 0x"
              + Long.toHexString(header.entry()));
    }
  }

  private Edit tableInPlace(FileLayout layout) {
    Bytes table = tableBytes(layout);
    return new Edit(
        header.phoff(),
        elf.bytes().slice(header.phoff(), table.size()),
        table,
        "program header table, "
            + layout.table().size()
            + " entries ("
            + header.phnum()
            + " before)");
  }

  private Edit edit(HeaderField field, Bytes replacement, String reason) {
    int offset = field.offset(header.elfClass());
    return new Edit(offset, elf.bytes().slice(offset, replacement.size()), replacement, reason);
  }

  /** Returns their end. */
  private long addSections(
      List<Edit> edits, Additions additions, FileLayout layout, long notesEnd) {
    SectionPlanner sections = new SectionPlanner(elf, layout);
    long code = layout.blobAddress() + BlobHeader.SIZE;
    sections.add(
        needed.isPresent() ? ".rodata.hardwire" : ".text.hardwire",
        Section.SHT_PROGBITS,
        Section.SHF_ALLOC | (needed.isPresent() ? 0 : Section.SHF_EXECINSTR),
        layout.blobAddress(),
        layout.blobOffset(),
        phases.size(),
        16);
    sections.add(
        ".note.hardwire",
        Section.SHT_NOTE,
        Section.SHF_ALLOC,
        layout.addressOf(layout.noteSectionOffset()),
        layout.noteSectionOffset(),
        notesEnd - layout.noteSectionOffset(),
        layout.notesAlignment());
    phases.addTo(sections);
    addStale(sections, layout);
    long at = align(layout.blobOffset() + layout.blobSize());
    if (needed.isEmpty() && elf.section(s -> s.name().equals(".debug_frame")).isEmpty()) {
      StubCode stub = StubCode.of(elf.machine());
      long size = stub.debugFrameSize();
      sections.add(".debug_frame", Section.SHT_PROGBITS, 0, 0, at, size, SECTION_ALIGNMENT);
      additions.add(
          at, () -> stub.debugFrame(code), "call frame information of the stub, for debuggers");
      at += size;
    }
    long namesEnd = sections.addNames(at, additions);
    long table = align(namesEnd);
    sections.addHeaders(table, additions);
    edits.add(
        edit(
            HeaderField.E_SHOFF,
            header.word(table),
            "e_shoff: the section header table moves to the end"));
    edits.add(
        edit(
            HeaderField.E_SHNUM,
            header.half(sections.count()),
            "e_shnum: sections of the blob are added"));
    return table + (long) sections.count() * header.elfClass().sectionHeaderSize();
  }

  private static long align(long value) {
    return (value + SECTION_ALIGNMENT - 1) & -SECTION_ALIGNMENT;
  }

  private Bytes tableBytes(FileLayout layout) {
    int size = layout.table().size() * header.elfClass().programHeaderSize();
    ByteWriter writer = new ByteWriter(header.order(), size);
    for (ProgramHeader segment : layout.table()) {
      segment.write(writer, header);
    }
    return writer.toBytes();
  }

  /**
   * Adds sections over the space that moved tables leave in an ET_EXEC file. Without them, patchelf
   * would put the dynamic section there, where it is not writable.
   */
  private void addStale(SectionPlanner sections, FileLayout layout) {
    if (elf.isPositionIndependent() || layout.tableOffset() != header.phoff()) {
      return;
    }
    long start =
        header.phoff() + (long) layout.table().size() * header.elfClass().programHeaderSize();
    long end = start;
    List<Move> moves = new ArrayList<>(layout.moves());
    moves.sort((a, b) -> Long.compare(a.start(), b.start()));
    for (Move move : moves) {
      if (move.withSections() && move.start() < end + STALE_GAP) {
        end = Math.max(end, move.end());
      }
    }
    if (end > start) {
      addStale(sections, start, end);
    }
    for (Move move : moves) {
      if (move.withSections() && move.start() >= end) {
        addStale(sections, move.start(), move.end());
      }
    }
  }

  private void addStale(SectionPlanner sections, long start, long end) {
    ProgramHeader holder = elf.loadOf(start).orElseThrow();
    sections.add(
        ".stale.hardwire",
        Section.SHT_PROGBITS,
        Section.SHF_ALLOC,
        holder.vaddr() + (start - holder.offset()),
        start,
        end - start,
        1);
  }
}
