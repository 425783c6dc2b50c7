package dev.hardwire.report.html;

import dev.hardwire.report.model.PolicyView.Access;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a program can do, in plain words, by the system calls that it takes. */
final class Abilities {
  private static final String TABLE =
      """
      start other programs: execve execveat
      create processes and threads: fork vfork clone clone3
      open files: open openat openat2 creat open_by_handle_at
      create, rename or delete files: creat mkdir mkdirat mknod mknodat rename renameat renameat2 \
      unlink unlinkat rmdir link linkat symlink symlinkat
      change the mode or owner of files: chmod fchmod fchmodat fchmodat2 chown fchown lchown fchownat
      make sockets: socket socketcall
      make connections: connect sendto socketcall
      accept connections: accept accept4 listen socketcall
      send signals to other processes: kill tkill tgkill pidfd_send_signal rt_sigqueueinfo
      read or change other processes: ptrace process_vm_readv process_vm_writev pidfd_getfd
      change its user or group: setuid setgid setreuid setregid setresuid setresgid setgroups
      change the tree of files: mount umount2 move_mount pivot_root chroot open_tree fsmount
      create or enter namespaces: unshare setns
      load code into the kernel: init_module finit_module bpf kexec_load kexec_file_load
      queue calls past the filter (io_uring): io_uring_setup io_uring_enter
      set the clock: settimeofday clock_settime adjtimex clock_adjtime
      stop the machine: reboot
      """;

  private static final Map<String, List<String>> CALLS = read();

  private Abilities() {}

  private static Map<String, List<String>> read() {
    Map<String, List<String>> all = new LinkedHashMap<>();
    TABLE
        .lines()
        .forEach(
            line -> {
              int colon = line.indexOf(": ");
              all.put(line.substring(0, colon), List.of(line.substring(colon + 2).split(" ", -1)));
            });
    return all;
  }

  /**
   * The abilities with a kind of access.
   *
   * @param access to every call of the architecture
   * @param wanted denied, if every call for it is denied; allowed, if one is; else conditional
   */
  static List<String> of(Map<String, Access> access, Access wanted) {
    List<String> found = new ArrayList<>();
    CALLS.forEach(
        (ability, calls) -> {
          Access best = null;
          for (String call : calls) {
            Access one = access.get(call);
            best = best == null || (one != null && one.compareTo(best) > 0) ? one : best;
          }
          if (best == wanted) {
            found.add(ability);
          }
        });
    return found;
  }
}
