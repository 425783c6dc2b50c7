package dev.hardwire.jelf;

import java.io.IOException;

/** Prints the machine, the dynamic linker and the imported symbols of an ELF file. */
public final class ListImports {
  private ListImports() {}

  public static void main(String[] args) throws IOException {
    Elf elf = Elf.fromFile(args[0]);
    Elf.Machine machine = elf.image().header().eMachineName();
    System.out.println("machine " + (machine == null ? elf.image().header().eMachine() : machine));
    for (Elf.Image.ProgramHeader segment : elf.image().programHeaders()) {
      if (segment.pTypeName() == Elf.SegmentType.INTERP) {
        System.out.println("interpreter " + segment.interpreter());
      }
    }
    for (Elf.Image.SectionHeader section : elf.image().sectionHeaders()) {
      if (section.shTypeName() == Elf.SectionType.DYNSYM) {
        for (Elf.Image.Symbol symbol : section.symbols().entries()) {
          if (symbol.stShndx() == 0 && symbol.stTypeName() == Elf.SymbolType.FUNC) {
            System.out.println("import " + symbol.name());
          }
        }
      }
    }
  }
}
