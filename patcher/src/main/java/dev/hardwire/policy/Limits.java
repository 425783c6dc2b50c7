package dev.hardwire.policy;

import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * What a program gives up beside system calls and files: {@code limits:}.
 *
 * <p>Equality ignores the position.
 *
 * @param core RLIMIT_CORE in bytes, soft and hard
 * @param fileSize RLIMIT_FSIZE in bytes, soft and hard
 * @param openFiles RLIMIT_NOFILE, soft and hard
 * @param dumpable whether the process stays dumpable (PR_SET_DUMPABLE)
 * @param noWriteExecute whether no memory becomes executable that was writable (PR_SET_MDWE)
 * @param closeFrom the first descriptor to be closed
 * @param keep descriptors from there on that stay open; ascending
 * @param position of the section in the file
 */
public record Limits(
    OptionalLong core,
    OptionalLong fileSize,
    OptionalLong openFiles,
    boolean dumpable,
    boolean noWriteExecute,
    OptionalInt closeFrom,
    List<Integer> keep,
    Position position) {
  /**
   * Checks the components.
   *
   * @param core RLIMIT_CORE in bytes
   * @param fileSize RLIMIT_FSIZE in bytes
   * @param openFiles RLIMIT_NOFILE
   * @param dumpable whether the process stays dumpable
   * @param noWriteExecute whether PR_SET_MDWE is set
   * @param closeFrom the first descriptor to be closed
   * @param keep descriptors that stay open; ascending, from {@code closeFrom} on
   * @param position of the section in the file
   */
  public Limits {
    Objects.requireNonNull(position);
    keep = List.copyOf(keep);
    if (core.orElse(0) < 0 || fileSize.orElse(0) < 0 || openFiles.orElse(0) < 0) {
      throw new IllegalArgumentException("a limit is negative");
    }
    int before = closeFrom.orElse(0) - 1;
    if (before < -1 || (!keep.isEmpty() && closeFrom.isEmpty())) {
      throw new IllegalArgumentException("keep requires close-from");
    }
    for (int descriptor : keep) {
      if (descriptor <= before) {
        throw new IllegalArgumentException(
            "keep must list descriptors from close-from on, each once, in ascending order");
      }
      before = descriptor;
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Limits that
        && core.equals(that.core)
        && fileSize.equals(that.fileSize)
        && openFiles.equals(that.openFiles)
        && dumpable == that.dumpable
        && noWriteExecute == that.noWriteExecute
        && closeFrom.equals(that.closeFrom)
        && keep.equals(that.keep);
  }

  @Override
  public int hashCode() {
    return Objects.hash(core, fileSize, openFiles, dumpable, noWriteExecute, closeFrom, keep);
  }
}
