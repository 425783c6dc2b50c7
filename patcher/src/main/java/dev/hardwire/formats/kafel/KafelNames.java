package dev.hardwire.formats.kafel;

import dev.hardwire.arch.Target;
import dev.hardwire.calls.CallGroups;
import java.util.Map;

/**
 * Names of calls in kafel, which are those of the kernel's functions. On 32-bit architectures, a
 * function without a number in its name may be that of a newer call: {@code getuid} is {@code
 * getuid32}, and {@code getuid16} is {@code getuid}.
 */
final class KafelNames {
  private static final Map<String, String> EVERYWHERE =
      Map.of(
          "newstat", "stat",
          "newfstat", "fstat",
          "newlstat", "lstat",
          "newuname", "uname",
          "umount", "umount2",
          "sysctl", "_sysctl");

  private static final Map<String, String> ON_64_BITS =
      Map.of("sendfile64", "sendfile", "sync_file_range2", "sync_file_range");

  private static final Map<String, String> ON_32_BITS =
      Map.ofEntries(
          Map.entry("stat", "oldstat"),
          Map.entry("fstat", "oldfstat"),
          Map.entry("lstat", "oldlstat"),
          Map.entry("uname", "olduname"),
          Map.entry("olduname", "oldolduname"),
          Map.entry("oldumount", "umount"),
          Map.entry("select", "_newselect"),
          Map.entry("old_select", "select"),
          Map.entry("getrlimit", "ugetrlimit"),
          Map.entry("old_getrlimit", "getrlimit"),
          Map.entry("mmap", ""),
          Map.entry("old_mmap", "mmap"),
          Map.entry("mmap_pgoff", "mmap2"),
          Map.entry("readdir", ""),
          Map.entry("sync_file_range2", "arm_sync_file_range"),
          Map.entry("old_readdir", "readdir"),
          Map.entry("llseek", "_llseek"));

  private KafelNames() {}

  /** The name of the call in the kernel's headers; not a call if there is none. */
  static String call(String name, Target architecture) {
    if (EVERYWHERE.containsKey(name)) {
      return EVERYWHERE.get(name);
    }
    if (architecture.wordBits() == Long.SIZE) {
      return ON_64_BITS.getOrDefault(name, name);
    }
    if (ON_32_BITS.containsKey(name)) {
      return ON_32_BITS.get(name);
    }
    if (name.endsWith("16") && CallGroups.isKnownSomewhere(name.replaceFirst("16$", "32"))) {
      return name.replaceFirst("16$", "");
    }
    return CallGroups.isKnownSomewhere(name + "32") ? name + "32" : name;
  }
}
