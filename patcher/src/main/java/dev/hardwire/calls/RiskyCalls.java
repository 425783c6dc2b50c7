package dev.hardwire.calls;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * System calls that undo much of a policy if they are allowed: they act on other programs, on the
 * kernel or past the filter. {@code docs/policy.md} has the same table.
 */
public final class RiskyCalls {
  private static final String TABLE =
      """
      execve: starts another program; the filter stays
      execveat: starts another program; the filter stays
      ptrace: controls another process of the same user, which has no filter
      process_vm_readv: reads the memory of another process
      process_vm_writev: writes to the memory of another process
      pidfd_getfd: takes an open file or socket of another process
      io_uring_setup: opens files and connections by a queue that no filter sees
      bpf: loads programs into the kernel
      perf_event_open: observes other processes and the kernel
      userfaultfd: stops the kernel at memory accesses; used in attacks on it
      unshare: creates namespaces, and in a user namespace gains capabilities
      setns: enters the namespaces of another process
      mount: changes the tree of files
      umount2: changes the tree of files
      move_mount: changes the tree of files
      open_tree: changes the tree of files
      mount_setattr: changes the tree of files
      fsopen: changes the tree of files
      fspick: changes the tree of files
      pivot_root: changes the tree of files
      chroot: changes the tree of files
      open_by_handle_at: opens files past directories that cannot be entered
      init_module: loads code into the kernel
      finit_module: loads code into the kernel
      delete_module: removes code from the kernel
      kexec_load: starts another kernel
      kexec_file_load: starts another kernel
      reboot: stops the machine
      swapon: lets a file or device hold memory of all processes
      iopl: reaches devices past the kernel
      ioperm: reaches devices past the kernel
      add_key: reaches keys of the kernel that containers share
      request_key: reaches keys of the kernel that containers share
      keyctl: reaches keys of the kernel that containers share
      personality: switches off the randomisation of addresses
      """;

  private static final Map<String, String> REASONS = read();

  private RiskyCalls() {}

  private static Map<String, String> read() {
    Map<String, String> reasons = new LinkedHashMap<>();
    for (String line : TABLE.split("\n", -1)) {
      int colon = line.indexOf(": ");
      if (colon > 0) {
        reasons.put(line.substring(0, colon), line.substring(colon + 2));
      }
    }
    return Collections.unmodifiableMap(reasons);
  }

  /** Their names with what each makes possible, those of most programs first. */
  public static Map<String, String> reasons() {
    return REASONS;
  }

  /**
   * Names those that a policy allows; empty if there are none.
   *
   * @param atTimes those that are allowed for some arguments only
   */
  public static String text(List<String> allowed, List<String> atTimes) {
    List<String> parts = new ArrayList<>();
    if (!allowed.isEmpty()) {
      parts.add("risky calls allowed: " + String.join(", ", allowed));
    }
    if (!atTimes.isEmpty()) {
      parts.add("risky calls allowed for some arguments: " + String.join(", ", atTimes));
    }
    return String.join("; ", parts);
  }
}
