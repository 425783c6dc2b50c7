package dev.hardwire.work;

import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.elf.form.ImportJump;
import dev.hardwire.elf.form.NormalForm;
import dev.hardwire.input.InputFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** What the files of programs tell without being patched. */
public final class ProgramFacts {
  private ProgramFacts() {}

  /** The dynamic linker that a program names; empty if it names none, or is no program. */
  public static Optional<String> loader(Path program) {
    try (InputFile input = InputFile.open(program)) {
      return NormalForm.interpreter(ElfFile.parse(input.bytes()));
    } catch (ElfFormatException | IOException e) {
      return Optional.empty(); // a log may name any file
    }
  }

  /** Whether a program has one of some texts, with an end. */
  public static boolean has(Path program, List<String> texts) throws IOException {
    try (InputFile input = InputFile.open(program)) {
      return texts.stream()
          .map(text -> (text + "\0").getBytes(StandardCharsets.UTF_8))
          .anyMatch(text -> input.bytes().indexOf(text, 0) >= 0);
    }
  }

  /** Whether a phase of a program can begin with the first call of a function. */
  public static boolean canBegin(Path program, String function) throws IOException {
    try (InputFile input = InputFile.open(program)) {
      return ImportJump.of(ElfFile.parse(input.bytes()), function).address() != 0;
    } catch (ElfFormatException e) {
      return false;
    }
  }
}
