package dev.hardwire.stub.library;

import dev.hardwire.arch.Target;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.DynamicStrings;
import dev.hardwire.elf.DynamicTag;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.elf.Refusal;
import dev.hardwire.elf.Section;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.text.YamlPolicyReader;
import dev.hardwire.stub.library.SandboxLibrary.WithoutPolicy;
import java.util.Optional;

/**
 * Recognises a library written by Hardwire: it writes a library again from the header and the name
 * in the file, and the two must be the same byte for byte.
 */
public final class LibraryReader {
  private LibraryReader() {}

  /**
   * The library in a file.
   *
   * @throws ElfFormatException if the file is not byte for byte a library that Hardwire writes
   * @throws dev.hardwire.policy.PolicyException if the policy in it is none
   */
  public static SandboxLibrary read(Bytes file) {
    ElfFile elf = ElfFile.parse(file);
    Target machine = elf.machine();
    String soname =
        DynamicStrings.of(elf)
            .first(DynamicTag.SONAME)
            .orElseThrow(() -> missing("dynamic section", "it names no DT_SONAME"));
    Optional<Policy> policy = policy(elf);
    for (WithoutPolicy otherwise : WithoutPolicy.values()) {
      SandboxLibrary library = new SandboxLibrary(machine, soname, policy, otherwise);
      if (library.write().equals(file)) {
        return library;
      }
    }
    throw new ElfFormatException(
        Refusal.DAMAGED_PATCH, 0, "contents", "they are not those of a library by Hardwire");
  }

  private static Optional<Policy> policy(ElfFile elf) {
    Section section =
        elf.section(s -> s.name().equals(CodeFile.POLICY_SECTION))
            .orElseThrow(() -> missing("sections", CodeFile.POLICY_SECTION + " is not there"));
    byte[] text = elf.bytes().slice(section.offset(), section.size()).toArray();
    return text.length == 0
        ? Optional.empty()
        : Optional.of(YamlPolicyReader.read(text, CodeFile.POLICY_SECTION));
  }

  private static ElfFormatException missing(String field, String reason) {
    return new ElfFormatException(Refusal.DAMAGED_PATCH, 0, field, reason);
  }
}
