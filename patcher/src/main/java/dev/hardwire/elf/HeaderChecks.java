package dev.hardwire.elf;

import dev.hardwire.arch.ElfClass;
import dev.hardwire.arch.Target;
import dev.hardwire.bytes.Bytes;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Optional;

/** Checks of the file header, in the order in which the kernel reads its fields. */
final class HeaderChecks {
  /** Some checks compare each with each; programs have ten or twenty. */
  private static final int MOST_PROGRAM_HEADERS = 4096;

  private static final int PN_XNUM = 0xffff;
  private static final int SHN_XINDEX = 0xffff;

  private HeaderChecks() {}

  static TableReader checked(Bytes file) {
    ElfClass elfClass = ident(file);
    if (file.size() < elfClass.fileHeaderSize()) {
      throw new ElfFormatException(
          Refusal.TRUNCATED,
          file.size(),
          "e_ident",
          "the file ends inside the " + elfClass.fileHeaderSize() + "-byte ELF header");
    }
    TableReader tables = new TableReader(file, elfClass);
    FileHeader header = tables.header();
    if (header.type() != FileHeader.ET_EXEC && header.type() != FileHeader.ET_DYN) {
      throw HeaderField.E_TYPE.refuse(
          Refusal.NOT_EXECUTABLE_TYPE,
          elfClass,
          "type " + header.type() + " is neither ET_EXEC (2) nor ET_DYN (3)");
    }
    entrySizes(tables);
    numbers(header);
    return tables;
  }

  private static ElfClass ident(Bytes file) {
    if (file.size() < 4
        || file.u8(0) != 0x7f
        || file.u8(1) != 'E'
        || file.u8(2) != 'L'
        || file.u8(3) != 'F') {
      Optional<OtherKind> kind = OtherKind.of(file);
      throw new ElfFormatException(
          Refusal.NOT_ELF,
          0,
          "e_ident",
          "the file does not start with \\x7fELF" + kind.map(k -> ": it is " + k.name()).orElse(""),
          kind.map(OtherKind::advice));
    }
    if (file.size() < 16) {
      throw new ElfFormatException(
          Refusal.TRUNCATED, file.size(), "e_ident", "the file ends inside e_ident");
    }
    int elfClass = file.u8(4);
    if (elfClass != 1 && elfClass != 2) {
      throw HeaderField.EI_CLASS.refuse(
          Refusal.BAD_HEADER, ElfClass.CLASS64, "class " + elfClass + " is neither 1 nor 2");
    }
    int data = file.u8(5);
    if (data != 1 && data != 2) {
      throw HeaderField.EI_DATA.refuse(
          Refusal.BAD_HEADER, ElfClass.CLASS64, "encoding " + data + " is neither 1 nor 2");
    }
    if (file.u8(6) != 1) {
      throw HeaderField.EI_VERSION.refuse(
          Refusal.BAD_HEADER, ElfClass.CLASS64, "version " + file.u8(6) + " is not 1");
    }
    return elfClass == 1 ? ElfClass.CLASS32 : ElfClass.CLASS64;
  }

  static Target machine(TableReader tables) {
    FileHeader header = tables.header();
    Optional<Target> machine = Target.of(header.machine(), header.elfClass(), header.order());
    if (machine.isEmpty()) {
      throw HeaderField.E_MACHINE.refuse(
          Refusal.UNKNOWN_ARCHITECTURE, header.elfClass(), Abi.whyUnknown(header));
    }
    Optional<String> why = Abi.whyRefused(machine.get(), tables.raw().eFlags());
    if (why.isPresent()) {
      throw HeaderField.E_FLAGS.refuse(Refusal.UNKNOWN_ARCHITECTURE, header.elfClass(), why.get());
    }
    return machine.get();
  }

  private static void entrySizes(TableReader tables) {
    ElfClass elfClass = tables.header().elfClass();
    int phentsize = tables.raw().ePhentsize();
    if (tables.header().phnum() > 0 && phentsize != elfClass.programHeaderSize()) {
      throw HeaderField.E_PHENTSIZE.refuse(
          Refusal.BAD_HEADER, elfClass, phentsize + " bytes are not the size of a program header");
    }
    int shentsize = tables.raw().eShentsize();
    if (tables.header().shoff() != 0 && shentsize != elfClass.sectionHeaderSize()) {
      throw HeaderField.E_SHENTSIZE.refuse(
          Refusal.BAD_HEADER, elfClass, shentsize + " bytes are not the size of a section header");
    }
    if (tables.raw().eEhsize() != elfClass.fileHeaderSize()) {
      throw HeaderField.E_EHSIZE.refuse(
          Refusal.BAD_HEADER,
          elfClass,
          tables.raw().eEhsize() + " bytes are not the size of the ELF header");
    }
  }

  private static void numbers(FileHeader header) {
    if (header.phnum() == PN_XNUM) {
      throw HeaderField.E_PHNUM.refuse(
          Refusal.EXTENDED_NUMBERING,
          header.elfClass(),
          "PN_XNUM: the number of program headers is in a section header");
    }
    if (header.phnum() > MOST_PROGRAM_HEADERS) {
      throw HeaderField.E_PHNUM.refuse(
          Refusal.EXTENDED_NUMBERING,
          header.elfClass(),
          "more than %d program headers".formatted(MOST_PROGRAM_HEADERS));
    }
    if (header.phnum() == 0) {
      throw HeaderField.E_PHNUM.refuse(
          Refusal.NO_LOAD_SEGMENT, header.elfClass(), "there are no program headers");
    }
    if (header.shoff() != 0 && header.shnum() == 0) {
      throw HeaderField.E_SHNUM.refuse(
          Refusal.EXTENDED_NUMBERING,
          header.elfClass(),
          "0: the number of sections is in a section header");
    }
    if (header.shoff() != 0 && header.shstrndx() == SHN_XINDEX) {
      throw HeaderField.E_SHSTRNDX.refuse(
          Refusal.EXTENDED_NUMBERING,
          header.elfClass(),
          "SHN_XINDEX: the name table's index is in a section header");
    }
  }

  /**
   * What a file is that is no ELF file, as far as its first bytes tell.
   *
   * @param name in a sentence after "it is"
   * @param advice what to do, as a clause without a final dot
   */
  private record OtherKind(String name, String advice) {
    private static final int LONGEST = 512;
    private static final String DECOMPRESS = "decompress it first";
    private static final String OTHER_SYSTEM = "only programs for Linux can be confined";

    /** First bytes as hexadecimal digits, what they are, and what to do. */
    private static final String[][] STARTS = {
      {"1f8b", "gzip data", DECOMPRESS},
      {"fd377a585a00", "xz data", DECOMPRESS},
      {"28b52ffd", "zstd data", DECOMPRESS},
      {"425a68", "bzip2 data", DECOMPRESS},
      {"504b0304", "a zip archive", "unpack it, and give the executables"},
      {"4d5a", "a PE file for Windows", OTHER_SYSTEM},
      {"feedface", "a Mach-O file for macOS", OTHER_SYSTEM},
      {"feedfacf", "a Mach-O file for macOS", OTHER_SYSTEM},
      {"cefaedfe", "a Mach-O file for macOS", OTHER_SYSTEM},
      {"cffaedfe", "a Mach-O file for macOS", OTHER_SYSTEM},
      {"cafebabe000000", "a Mach-O or Java class file", OTHER_SYSTEM},
      {"213c617263683e0a64656269616e2d", "a Debian package", "give it to apply --root"},
      {"edabeedb", "an RPM package", "give it to apply --root"},
      {"213c617263683e0a", "a static library", "link it, and give the executable"},
      {"4243c0de", "LLVM bitcode", "link it, and give the executable"},
      {"0061736d", "WebAssembly", OTHER_SYSTEM},
    };

    /** The kind of a file; empty if it is not known. */
    static Optional<OtherKind> of(Bytes file) {
      if (file.size() == 0) {
        return Optional.of(new OtherKind("empty", "build or fetch it again"));
      }
      byte[] start = file.slice(0, Math.min(LONGEST, file.size())).toArray();
      String digits = HexFormat.of().formatHex(start);
      for (String[] known : STARTS) {
        if (digits.startsWith(known[0])) {
          return Optional.of(new OtherKind(known[1], known[2]));
        }
      }
      String text = new String(start, StandardCharsets.ISO_8859_1);
      return text.startsWith("#!") ? Optional.of(script(text)) : Optional.empty();
    }

    private static OtherKind script(String text) {
      if (text.contains("Generated by libtool") || text.contains("temporary wrapper script for")) {
        return new OtherKind(
            "libtool's wrapper script", "patch the program of this name in .libs/");
      }
      String line = text.substring(2).split("\\R", 2)[0].strip();
      String interpreter = line.split("\\s", 2)[0];
      return interpreter.matches("/[\\x21-\\x7e]+")
          ? new OtherKind("a script for " + interpreter, "patch its interpreter")
          : new OtherKind("a script", "patch its interpreter");
    }
  }
}
