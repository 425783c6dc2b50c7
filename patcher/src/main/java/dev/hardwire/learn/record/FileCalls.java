package dev.hardwire.learn.record;

import dev.hardwire.learn.log.Place;
import dev.hardwire.learn.log.StraceText;
import dev.hardwire.learn.paths.PathText;
import dev.hardwire.learn.paths.PathUse;
import dev.hardwire.learn.paths.Uses;
import dev.hardwire.learn.paths.Uses.PortUse;
import dev.hardwire.learn.paths.Uses.SocketCall;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Finds in the calls of a trace what programs do with files and sockets, as Landlock sees it. */
final class FileCalls {
  /** The calls that show it. */
  static final List<String> NAMES =
      List.of(
          "open",
          "openat",
          "openat2",
          "creat",
          "truncate",
          "truncate64",
          "mkdir",
          "mkdirat",
          "mknod",
          "mknodat",
          "rmdir",
          "unlink",
          "unlinkat",
          "symlink",
          "symlinkat",
          "link",
          "linkat",
          "rename",
          "renameat",
          "renameat2",
          "execve",
          "execveat",
          "chdir",
          "fchdir",
          "ioctl",
          "socket",
          "socketpair",
          "bind",
          "connect",
          "listen",
          "sendto",
          "send",
          "sendmsg",
          "sendmmsg",
          "io_uring_setup",
          "mount",
          "umount2",
          "umount",
          "move_mount",
          "pivot_root");

  /** Errors that come after the kernel has decided that a file may be opened. */
  private static final Set<String> LATE = Set.of("ENXIO", "ENODEV", "EBUSY", "EIO", "ENOTTY");

  private static final Pattern ERROR = Pattern.compile("-1 (E[A-Z0-9]{1,20})\\b.*", Pattern.DOTALL);
  private static final Pattern TMPFILE = Pattern.compile("\\b(?:__)?O_TMPFILE\\b");
  private static final Pattern INHERITED = Pattern.compile("[012](?:<.*)?", Pattern.DOTALL);

  private final Recorder recorder;

  FileCalls(Recorder recorder) {
    this.recorder = recorder;
  }

  /** A call that is done. */
  record Done(Task task, String name, List<String> arguments, String result, Place place) {
    String argument(int index) {
      return index < arguments.size() ? arguments.get(index) : "";
    }

    Uses uses() {
      return task.counts().uses;
    }

    void add(SocketCall use, String text) {
      uses().add(use, text, place.toString());
    }

    void add(PortUse use, int port) {
      uses().add(use, port, place.toString());
    }

    String error() {
      Matcher matcher = ERROR.matcher(result);
      return matcher.matches() ? matcher.group(1) : "";
    }

    boolean succeeded() {
      return !result.isEmpty() && Character.digit(result.charAt(0), 10) >= 0;
    }
  }

  void returned(Task task, String name, String arguments, String result, Place place) {
    Done call = new Done(task, name, StraceText.arguments(arguments), result, place);
    switch (name) {
      case "open" -> open(call, -1, 1);
      case "openat", "openat2" -> open(call, 0, 2);
      case "creat" -> open(call, -1, -1);
      case "truncate", "truncate64" -> at(call, -1, 0, PathUse.WRITE);
      case "mkdir", "mknod" -> at(call, -1, 0, PathUse.MAKE);
      case "mkdirat", "mknodat" -> at(call, 0, 1, PathUse.MAKE);
      case "rmdir", "unlink" -> at(call, -1, 0, PathUse.REMOVE);
      case "unlinkat" -> at(call, 0, 1, PathUse.REMOVE);
      case "symlink" -> at(call, -1, 1, PathUse.MAKE);
      case "symlinkat" -> at(call, 1, 2, PathUse.MAKE);
      case "link", "rename" -> move(call, -1, 0, -1, 1);
      case "linkat", "renameat", "renameat2" -> move(call, 0, 1, 2, 3);
      case "execve" -> at(call, -1, 0, PathUse.EXECUTE);
      case "execveat" -> at(call, 0, 1, PathUse.EXECUTE);
      case "chdir" -> at(call, -1, 0).filter(p -> call.succeeded()).ifPresent(task.group::moveTo);
      case "fchdir" ->
          TracedFile.path(call.argument(0))
              .filter(path -> call.succeeded())
              .ifPresent(task.group::moveTo);
      case "ioctl" -> ioctl(call);
      case "mount", "umount2", "umount", "move_mount", "pivot_root" -> {
        if (call.succeeded()) {
          call.add(SocketCall.FORBIDDEN, name);
        }
      }
      default -> SocketCalls.returned(call, recorder);
    }
  }

  /** Where a relative path starts. */
  private Optional<String> base(Done call, int directory) {
    if (directory < 0) {
      return call.task.group.directory(recorder.options.proposals().directory());
    }
    String descriptor = call.argument(directory);
    Optional<String> path = TracedFile.path(descriptor);
    if (!descriptor.startsWith("AT_FDCWD")) {
      return path;
    }
    path.ifPresent(call.task.group::moveTo);
    return path.or(() -> base(call, -1));
  }

  private Optional<String> at(Done call, int directory, int path) {
    Optional<String> found = TracedFile.path(call.argument(path), base(call, directory));
    if (found.isEmpty() && call.argument(path).startsWith("\"")) {
      recorder.findings.unresolved(call.place);
    }
    return found;
  }

  private void at(Done call, int directory, int path, PathUse way) {
    if (call.succeeded()) {
      at(call, directory, path)
          .map(found -> way == PathUse.EXECUTE ? call.task.executed(found) : found)
          .ifPresent(found -> add(call.task, found, way, call.place));
    } else {
      base(call, directory);
    }
  }

  private void open(Done call, int directory, int flagged) {
    Optional<String> named = at(call, directory, directory + 1);
    boolean creat = flagged < 0;
    String flags = creat ? "O_WRONLY|O_CREAT|O_TRUNC" : call.argument(flagged);
    String error = call.error();
    Optional<String> path = named;
    if (call.succeeded() && !TracedFile.decoration(call.result).isEmpty()) {
      path = TracedFile.path(call.result);
    }
    if (path.isEmpty() || flags.contains("O_PATH")) {
      return;
    }
    boolean writes = flags.contains("O_WRONLY") || flags.contains("O_RDWR");
    boolean reads = !flags.contains("O_WRONLY");
    boolean temporary = TMPFILE.matcher(flags).find();
    if (error.equals("ENOENT") && !flags.contains("O_CREAT")) {
      if (reads && !writes) {
        add(call.task, path.get(), PathUse.MISS, call.place);
      }
      return;
    }
    if (!call.succeeded() && !LATE.contains(error)) {
      return; // it could not be opened without rules either
    }
    if (temporary && named.isPresent()) {
      path = named;
    }
    List<PathUse> ways = new ArrayList<>();
    if (flags.contains("O_CREAT")) {
      ways.add(flags.contains("O_EXCL") ? PathUse.MAKE : PathUse.CREATE);
    }
    if (writes || flags.contains("O_TRUNC")) {
      ways.add(PathUse.WRITE);
    }
    if (reads) {
      ways.add(PathUse.READ);
    }
    if (!temporary && call.succeeded() && TracedFile.isDeleted(call.result)) {
      ways.add(PathUse.REMOVE);
    }
    for (PathUse way : ways) {
      add(call.task, path.get(), way, call.place);
    }
  }

  private void move(Done call, int oldDirectory, int oldPath, int newDirectory, int newPath) {
    Optional<String> from = at(call, oldDirectory, oldPath);
    Optional<String> to = at(call, newDirectory, newPath);
    if (!call.succeeded()) {
      return;
    }
    if (call.name.startsWith("rename")) {
      from.ifPresent(path -> add(call.task, path, PathUse.REMOVE, call.place));
    }
    to.ifPresent(path -> add(call.task, path, PathUse.MAKE, call.place));
    if (from.isPresent() && to.isPresent()) {
      String source = PathText.parent(from.get());
      String target = PathText.parent(to.get());
      if (!source.equals(target)) {
        add(call.task, source, PathUse.WRITE, call.place);
        call.uses().move(source, target);
      }
    }
  }

  /** Asking a device that the program opened takes a right; what it got open does not. */
  private void ioctl(Done call) {
    String descriptor = call.argument(0);
    if (TracedFile.isDevice(descriptor)
        && !INHERITED.matcher(descriptor).matches()
        && !call.error().equals("ENOTTY")) {
      TracedFile.path(descriptor)
          .ifPresent(path -> add(call.task, path, PathUse.WRITE, call.place));
    }
  }

  private void add(Task task, String path, PathUse way, Place place) {
    recorder.use(task.counts(), path, way, place);
  }
}
