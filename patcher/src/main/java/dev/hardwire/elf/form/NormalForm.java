package dev.hardwire.elf.form;

import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.elf.LoaderChecks;
import java.util.Set;

/**
 * Accepts executables whose headers, dynamic section and relocations are as linkers make them, and
 * no others. A claim about a file in this form rests on what the kernel and the dynamic linker do
 * with such a file; what they do with others need not be known.
 *
 * <p>{@code patch} and {@code verify} use this one implementation. {@code docs/format.md} lists the
 * rules with their reasons.
 */
public final class NormalForm {
  private NormalForm() {}

  /**
   * Checks a file.
   *
   * @param interpreters paths of dynamic linkers to accept beside those of glibc and musl
   * @throws ElfFormatException naming the first field that is not in normal form
   */
  public static void check(ElfFile elf, Set<String> interpreters) {
    LoaderChecks.check(elf);
    SystemForm.check(elf);
    SegmentForm.check(elf);
    InterpreterForm.check(elf, interpreters);
    if (!elf.dynamic().isEmpty()) {
      DynamicForm dynamic = new DynamicForm(elf);
      dynamic.check();
      new RelocationForm(elf, dynamic).check();
    }
  }
}
