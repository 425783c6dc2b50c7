package dev.hardwire.filter.print;

import dev.hardwire.arch.Target;
import dev.hardwire.filter.BpfInstruction;
import dev.hardwire.filter.Disassembler;
import dev.hardwire.filter.Filter;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes filters as C source: an array of {@code struct sock_filter} for inclusion in a program.
 */
public final class CArrayWriter {
  private CArrayWriter() {}

  public static List<String> lines(Filter filter, Target architecture) {
    List<String> texts = Disassembler.lines(filter, architecture);
    List<String> lines = new ArrayList<>();
    lines.add("/* A seccomp filter for %s. */".formatted(architecture));
    lines.add("#include <linux/filter.h>");
    lines.add("");
    lines.add("static const struct sock_filter hardwire_filter[%d] = {".formatted(filter.size()));
    for (int at = 0; at < filter.size(); at++) {
      BpfInstruction i = filter.instructions().get(at);
      lines.add(
          "  {0x%02x, %3d, %3d, 0x%08x}, /* %s */"
              .formatted(i.code(), i.jt(), i.jf(), i.k(), texts.get(at)));
    }
    lines.add("};");
    return lines;
  }
}
