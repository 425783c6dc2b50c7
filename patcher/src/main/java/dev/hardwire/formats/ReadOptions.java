package dev.hardwire.formats;

import dev.hardwire.arch.Target;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/**
 * Settings for the reader of a foreign format: such files contain several policies and depend on
 * where they are used.
 *
 * @param architecture that the policy is for
 * @param capabilities that the program has, such as {@code CAP_SYS_ADMIN}
 * @param kernel the version it runs on, major and minor number, such as {@code 6.18}
 * @param includeRoots folders in which included files are looked for, after that of the policy
 * @param selected names of the policies that are wanted of a file that has several
 * @param restrictions whether what the format restricts beside calls is read, too, as far as a
 *     policy can say it
 */
public record ReadOptions(
    Target architecture,
    Set<String> capabilities,
    String kernel,
    List<Path> includeRoots,
    List<String> selected,
    boolean restrictions) {
  /** The newest kernel whose calls the tables hold. */
  public static final String NEWEST_KERNEL = "7.0";

  public ReadOptions {
    selected = List.copyOf(selected);
    includeRoots = List.copyOf(includeRoots);
    capabilities = Set.copyOf(capabilities);
    if (!kernel.matches("[0-9]{1,4}\\.[0-9]{1,6}")) {
      throw new IllegalArgumentException("not a kernel version like 6.18: \"" + kernel + "\"");
    }
  }

  /** Options without folders for included files. */
  public ReadOptions(Target architecture, Set<String> capabilities, String kernel) {
    this(architecture, capabilities, kernel, List.of(), List.of(), false);
  }

  /** Options for a program without capabilities on the newest kernel. */
  public ReadOptions(Target architecture) {
    this(architecture, Set.of(), NEWEST_KERNEL);
  }

  /** The same options with folders in which included files are looked for. */
  public ReadOptions withIncludeRoots(List<Path> folders) {
    return new ReadOptions(architecture, capabilities, kernel, folders, selected, restrictions);
  }

  /** The same options with the policies that are wanted of a file that has several. */
  public ReadOptions withSelected(List<String> names) {
    return new ReadOptions(architecture, capabilities, kernel, includeRoots, names, restrictions);
  }

  /** The same options; what the format restricts beside calls is read, too. */
  public ReadOptions withRestrictions() {
    return new ReadOptions(architecture, capabilities, kernel, includeRoots, selected, true);
  }

  /** Whether the kernel is {@code version} or newer. */
  public boolean isKernelAtLeast(String version) {
    int[] wanted = numbers(version);
    int[] have = numbers(kernel);
    return have[0] != wanted[0] ? have[0] > wanted[0] : have[1] >= wanted[1];
  }

  private static int[] numbers(String version) {
    int dot = version.indexOf('.');
    return new int[] {
      Integer.parseInt(version.substring(0, dot)), Integer.parseInt(version.substring(dot + 1))
    };
  }
}
