package dev.hardwire.verify;

import static dev.hardwire.verify.CheckList.require;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.InitArray;
import dev.hardwire.elf.SegmentType;
import dev.hardwire.elf.form.NeededLibrary;
import dev.hardwire.elf.form.NormalForm;
import dev.hardwire.elf.form.StartCode;
import dev.hardwire.elf.note.BlobHeader;
import dev.hardwire.elf.note.SetupNote;
import dev.hardwire.policy.Hook;
import dev.hardwire.stub.Blob;
import dev.hardwire.stub.LoaderBlob;

/** How the stub gets control, and where it goes on. */
final class HookChecks {
  private final PatchLayer layer;
  private final ElfFile elf;
  private final ElfFile original;
  private final SetupNote setup;

  HookChecks(PatchLayer layer, ElfFile original) {
    this.layer = layer;
    this.elf = layer.elf();
    this.original = original;
    this.setup = layer.notes().setup();
  }

  String hook() {
    return setup.hook().map(this::hook).orElseGet(this::library);
  }

  private String library() {
    require(setup.hookAddress() == 0, "the setup note names a hook address without a hook");
    require(elf.header().entry() == original.header().entry(), "e_entry is not the original's");
    require(
        elf.hasInterpreter() && elf.segment(SegmentType.PHDR).isPresent(),
        "no dynamic linker would load a library, or the library not find the policy");
    String library = NeededChecks.library(elf);
    NeededLibrary.check(original, library);
    NeededLibrary.checkPatched(elf, library);
    StartCode.checkLibraries(elf);
    return "%s is loaded before all other libraries, and has to be one that Hardwire wrote"
        .formatted(library);
  }

  private String hook(Hook hook) {
    long expected =
        setup.blobAddress()
            + BlobHeader.SIZE
            + layer.format().stub(elf.machine()).entryOffset(hook);
    if (hook == Hook.FIRST) {
      return first();
    }
    if (hook == Hook.ENTRY) {
      require(setup.hookAddress() == 0, "the setup note names a hook address for e_entry");
      require(
          elf.header().entry() == expected,
          "e_entry is 0x%x, the stub's entry is 0x%x".formatted(elf.header().entry(), expected));
      return "e_entry leads to the stub";
    }
    require(elf.header().entry() == original.header().entry(), "e_entry is not the original's");
    StartCode.check(elf, hook);
    InitArray array = InitArray.of(elf);
    InitArray before = InitArray.of(original);
    require(
        array.address() == before.address() && array.count() == before.count(),
        "the init array is 0x%x, %d elements; the original's is 0x%x, %d elements"
            .formatted(array.address(), array.count(), before.address(), before.count()));
    InitArray.Element element = array.element(indexIn(hook, array));
    require(
        element.address() == setup.hookAddress(),
        "element %d is at 0x%x, the setup note says 0x%x"
            .formatted(element.index(), element.address(), setup.hookAddress()));
    require(
        element.target() == expected,
        "element %d of the init array leads to 0x%x, the stub's entry is 0x%x"
            .formatted(element.index(), element.target(), expected));
    return "%s element of the init array (0x%x) leads to the stub%s"
        .formatted(
            hook == Hook.INIT ? "the first" : "the last",
            element.address(),
            hook == Hook.INIT ? "" : ", after the program's constructors");
  }

  /** The kernel enters the loader, which calls the stub. */
  private String first() {
    require(setup.hookAddress() == 0, "the setup note names a hook address for e_entry");
    LoaderBlob loader = loader();
    long expected = setup.blobAddress() + loader.entryOffset();
    require(
        elf.header().entry() == expected,
        "e_entry is 0x%x, the loader's entry is 0x%x".formatted(elf.header().entry(), expected));
    Bytes bytes = loader.encode(setup.blobAddress(), original.header().entry(), setup.blobSize());
    require(
        layer.blob().contains(loader.offset(), bytes.size())
            && layer.blob().slice(loader.offset(), bytes.size()).equals(bytes),
        "the loader is not the one that Hardwire ships for %s, or maps another file than %s"
            .formatted(elf.machine().id(), NormalForm.interpreter(original).orElseThrow()));
    return "the kernel enters the loader that Hardwire ships, which calls the stub first";
  }

  private LoaderBlob loader() {
    Bytes path =
        NormalForm.interpreterPath(original)
            .orElseThrow(() -> new CheckList.Failed("the original names no dynamic linker"));
    return LoaderBlob.behind(new Blob(elf.machine(), layer.program()), path);
  }

  private static long indexIn(Hook hook, InitArray array) {
    return hook == Hook.INIT ? 0 : array.count() - 1;
  }

  String target() {
    long difference = layer.header().target();
    if (setup.isNeeded()) {
      require(difference == 0, "the blob names code to go on to, and there is no stub");
      return "none: the library returns to the dynamic linker";
    }
    Hook hook = setup.hook().orElseThrow();
    long target = setup.blobAddress() + difference;
    if (hook == Hook.FIRST) {
      require(
          target == setup.blobAddress() + loader().returnOffset(),
          "the stub goes on to 0x%x, not to the loader".formatted(target));
      return "the stub returns to the loader, which maps %s; that gets the original entry 0x%x"
          .formatted(NormalForm.interpreter(original).orElseThrow(), original.header().entry());
    }
    long expected;
    if (hook == Hook.ENTRY) {
      expected = original.header().entry();
    } else {
      InitArray array = InitArray.of(original);
      expected =
          PhaseChecks.sharedTarget(layer, original)
              .orElse(array.element(indexIn(hook, array)).target());
    }
    require(
        target == expected,
        "the stub goes on to 0x%x, the original's code is at 0x%x".formatted(target, expected));
    return "the stub goes on to the %s code at 0x%x"
        .formatted(
            PhaseChecks.sharedTarget(layer, original).isPresent() ? "phase's" : "original's",
            target);
  }
}
