package dev.hardwire.os;

import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * An open directory, in which names are looked up. It stays the same one, whatever its own name
 * stands for later.
 */
public final class Directory implements Closeable {
  private static final byte[] SELF = {'.'};
  private static final byte[] ABOVE = {'.', '.'};
  private static final byte[] NO_NAME = {};
  private static final int USUAL = 0777;
  private static final int PRIVATE = 0700;
  private static final int REMOVE_DIRECTORY = 0x200;
  private static final int NO_REPLACE = 1;
  private static final int OLD_KERNEL = HostError.EISDIR;

  private final Descriptor descriptor;
  private final String shown;

  Directory(Descriptor descriptor, String shown) {
    this.descriptor = descriptor;
    this.shown = shown;
  }

  /**
   * Opens one. Of symbolic links, those are followed that root or this user owns, in directories
   * that root or this user owns.
   *
   * @throws FileSystemException if there are others
   */
  public static Directory openTrusted(Path directory) throws IOException {
    return openTrusted(directory, false);
  }

  /** Makes one, and those on its path, if they do not exist; links are followed as above. */
  public static void make(Path directory) throws IOException {
    openTrusted(directory, true).close();
  }

  /**
   * Makes one that only its owner may enter, and those on its path; one that exists becomes such a
   * one. Links are followed as above.
   */
  public static void makePrivate(Path directory) throws IOException {
    byte[] name = name(directory);
    try (Directory above = openTrusted(directory.toAbsolutePath().getParent(), true)) {
      if (above.status(name).isEmpty()) {
        above.makeDirectory(name, PRIVATE).close();
      }
      int flags = Kernel.host().openDirectory() | Kernel.host().openNoFollow();
      try (Descriptor made =
          Descriptor.open(above.number(), name, flags, 0, directory.toString())) {
        made.changeMode(PRIVATE);
      }
    }
  }

  /** Makes one whose name is not in use; links to it are followed as above. */
  public static void makeNew(Path directory) throws IOException {
    Path parent = directory.toAbsolutePath().getParent();
    try (Directory above = openTrusted(parent == null ? directory : parent)) {
      above.makeDirectory(name(directory), USUAL).close();
    }
  }

  /**
   * Removes one if there is nothing in it; links are followed as above.
   *
   * @return whether there was nothing
   */
  public static boolean removeEmpty(Path directory) throws IOException {
    byte[] name = name(directory);
    try (Directory above = openTrusted(directory.toAbsolutePath().getParent());
        Directory inside = above.openDirectory(name)) {
      if (!inside.names().isEmpty()) {
        return false;
      }
      above.deleteTree(name);
      return true;
    }
  }

  private static Directory openTrusted(Path directory, boolean isMade) throws IOException {
    String shown = directory.toString();
    Kernel.require(shown);
    Optional<Directory> direct = openDirect(directory);
    return direct.isPresent()
        ? direct.get()
        : new Directory(SafePath.directory(directory, isMade), shown);
  }

  /** Opens one whose path has no symbolic links; empty if it has, or the kernel is old. */
  static Optional<Directory> openDirect(Path directory) throws FileSystemException {
    Path named = directory.toString().isEmpty() ? Path.of(".") : directory;
    int flags = Descriptor.O_PATH | Kernel.host().openDirectory();
    return Descriptor.openWithoutLinks(named, flags)
        .map(open -> new Directory(open, directory.toString()));
  }

  /** Makes a directory with the usual permissions, unless the name is in use. */
  static void make(int directory, byte[] name, String shown) throws FileSystemException {
    long path = Scratch.get().name(name);
    long result = Kernel.call(SystemCall.MKDIRAT, directory, path, USUAL);
    if (result != -HostError.EEXIST) {
      HostError.check(result, shown);
    }
  }

  /** Opens one; symbolic links are followed. */
  public static Directory open(Path directory) throws FileSystemException {
    String shown = directory.toString();
    Kernel.require(shown);
    int flags = Descriptor.O_PATH | Kernel.host().openDirectory();
    return new Directory(
        Descriptor.open(Descriptor.AT_FDCWD, Scratch.bytes(directory), flags, 0, shown), shown);
  }

  /** A name in an open directory. */
  public static final class Entry {
    private final Directory directory;
    private final byte[] name;

    /**
     * @param name is not copied
     */
    public Entry(Directory directory, byte[] name) {
      this.directory = directory;
      this.name = name;
    }

    public Directory directory() {
      return directory;
    }

    /** Its bytes, which are not to be changed. */
    public byte[] name() {
      return name;
    }
  }

  /**
   * Opens the directory of a file that exists. Symbolic links on the way, and at its end, are
   * followed as by {@link #openTrusted}.
   *
   * @throws FileSystemException if there are others
   */
  public static Entry find(Path file) throws IOException {
    Kernel.require(file.toString());
    Path parent = file.getParent();
    if (parent != null && !parent.endsWith("..")) {
      int flags = Descriptor.O_PATH | Kernel.host().openDirectory();
      Optional<Descriptor> open = Descriptor.openWithoutLinks(parent, flags);
      byte[] name = name(file);
      if (open.isPresent()) {
        Directory directory = new Directory(open.get(), file.toString());
        if (directory.isRegular(name)) {
          return new Entry(directory, name);
        }
        directory.close();
      }
    }
    return SafePath.find(file);
  }

  /** Opens a file to read it, in the same way. */
  public static Descriptor openFound(Path file) throws IOException {
    Kernel.require(file.toString());
    int flags = Descriptor.O_NONBLOCK | Descriptor.O_NOCTTY | Kernel.host().openLargeFile();
    Optional<Descriptor> open = Descriptor.openWithoutLinks(file, flags);
    if (open.isPresent()) {
      return open.get();
    }
    Entry place = SafePath.find(file);
    try (Directory directory = place.directory()) {
      return directory.openFile(place.name());
    }
  }

  int number() {
    return descriptor.number();
  }

  /** The bytes of the last part of a path, for the methods of this class. */
  public static byte[] name(Path file) {
    return Scratch.lastName(file);
  }

  /** The state of what a name stands for, which may be a symbolic link. */
  public Optional<FileStatus> status(byte[] name) throws FileSystemException {
    try {
      return Optional.of(Descriptor.status(descriptor.number(), name, shown));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  /**
   * Checks that a name does not stand for a symbolic link into a proc(5), such as {@code
   * /dev/stdout}: such a link belongs to the system.
   */
  public void requireNoLinkToProc(byte[] name) throws IOException {
    Optional<FileStatus> found = status(name);
    if (found.isEmpty() || !found.get().isLink()) {
      return;
    }
    int flags = Descriptor.O_PATH | Kernel.host().openNoFollow();
    try (Descriptor link = Descriptor.open(descriptor.number(), name, flags, 0, shown)) {
      String target = new String(link.linkTarget(), StandardCharsets.UTF_8);
      if (target.startsWith("/proc/") || link.fileSystem().isProc()) {
        throw new FileSystemException(
            shown, null, "is a symbolic link to '" + target + "'; name the file itself");
      }
    }
  }

  private boolean isRegular(byte[] name) {
    try {
      Optional<FileStatus> found = status(name);
      return found.isPresent() && found.get().isRegular();
    } catch (FileSystemException e) {
      return false;
    }
  }

  /** Opens a file to read it, unless its name stands for a symbolic link. */
  public Descriptor openFile(byte[] name) throws FileSystemException {
    int flags = Descriptor.O_NONBLOCK | Descriptor.O_NOCTTY | Kernel.host().openNoFollow();
    return Descriptor.open(descriptor.number(), name, flags, 0, shown);
  }

  /** Opens a directory, unless its name stands for a symbolic link. */
  public Directory openDirectory(byte[] name) throws FileSystemException {
    int flags = Descriptor.O_PATH | Kernel.host().openDirectory() | Kernel.host().openNoFollow();
    return new Directory(Descriptor.open(descriptor.number(), name, flags, 0, shown), shown);
  }

  /** Opens this one once more. */
  public Directory reopen() throws FileSystemException {
    return openDirectory(SELF);
  }

  /** The names in it, in any order. */
  public List<byte[]> names() throws IOException {
    List<byte[]> names = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(descriptor.path())) {
      for (Path file : files) {
        names.add(Scratch.lastName(file));
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    return names;
  }

  /**
   * Makes a directory of a name that is not in use, and opens it.
   *
   * @param permissions of which the kernel takes those away that new directories do not get
   */
  public Directory makeDirectory(byte[] name, int permissions) throws FileSystemException {
    long path = Scratch.get().name(name);
    HostError.check(Kernel.call(SystemCall.MKDIRAT, descriptor.number(), path, permissions), shown);
    return openDirectory(name);
  }

  /**
   * Makes a file that has no name; empty if that cannot be.
   *
   * @param permissions of which the kernel takes those away that new files do not get
   */
  public Optional<Descriptor> createUnnamed(int permissions) throws FileSystemException {
    int flags = Descriptor.O_TMPFILE | Kernel.host().openDirectory() | Descriptor.O_RDWR;
    long path = Scratch.get().name(SELF);
    int all = flags | Descriptor.O_CLOEXEC | Kernel.host().openLargeFile();
    long result = Kernel.call(SystemCall.OPENAT, descriptor.number(), path, all, permissions, 0);
    if (result == -HostError.EOPNOTSUPP
        || result == -OLD_KERNEL
        || result == -HostError.EINVAL
        || result == -HostError.ENOENT) {
      return Optional.empty();
    }
    return Optional.of(new Descriptor((int) HostError.check(result, shown), shown));
  }

  /**
   * Makes a file of a name that is not in use.
   *
   * @param permissions of which the kernel takes those away that new files do not get
   */
  public Descriptor create(byte[] name, int permissions) throws FileSystemException {
    int flags = Descriptor.O_CREAT | Descriptor.O_EXCL | Descriptor.O_RDWR;
    return Descriptor.open(
        descriptor.number(), name, flags | Kernel.host().openNoFollow(), permissions, shown);
  }

  /** Gives an open file a name that is not in use. */
  public void link(Descriptor file, byte[] name) throws FileSystemException {
    Scratch scratch = Scratch.get();
    int number = descriptor.number();
    long from = scratch.name(NO_NAME);
    long to = scratch.secondName(name);
    long result = // needs CAP_DAC_READ_SEARCH
        Kernel.call(SystemCall.LINKAT, file.number(), from, number, to, Descriptor.AT_EMPTY_PATH);
    if (result == -HostError.ENOENT) {
      from = scratch.name(Scratch.bytes(file.path()));
      result =
          Kernel.call(
              SystemCall.LINKAT,
              Descriptor.AT_FDCWD,
              from,
              number,
              to,
              Descriptor.AT_SYMLINK_FOLLOW);
    }
    HostError.check(result, shown);
  }

  /** Renames a file; what the new name stands for is replaced. */
  public void rename(byte[] from, byte[] to) throws FileSystemException {
    HostError.check(rename(from, to, 0), shown);
  }

  /** Gives a file or directory a name that is not in use. */
  public void renameNew(byte[] from, byte[] to) throws FileSystemException {
    long result = rename(from, to, NO_REPLACE);
    if (result == -HostError.EINVAL) { // some file systems cannot; a file there is noticed
      result = status(to).isPresent() ? -HostError.EEXIST : rename(from, to, 0);
    }
    HostError.check(result, shown);
  }

  private long rename(byte[] from, byte[] to, int flags) throws FileSystemException {
    Scratch scratch = Scratch.get();
    int number = descriptor.number();
    long old = scratch.name(from);
    return Kernel.call(SystemCall.RENAMEAT2, number, old, number, scratch.secondName(to), flags);
  }

  /** Removes a name of a file, if it is there. */
  public void delete(byte[] name) throws FileSystemException {
    remove(name, 0);
  }

  /** Tries twice: nothing else can be done about what is left. */
  private void remove(byte[] name, int flags) throws FileSystemException {
    int number = descriptor.number();
    long result = Kernel.call(SystemCall.UNLINKAT, number, Scratch.get().name(name), flags);
    if (result < 0 && result != -HostError.ENOENT) {
      result = Kernel.call(SystemCall.UNLINKAT, number, Scratch.get().name(name), flags);
    }
    if (result != -HostError.ENOENT) {
      HostError.check(result, shown);
    }
  }

  /** Removes a directory with all that is in it; no symbolic link is followed. */
  public void deleteTree(byte[] name) throws IOException {
    Optional<FileStatus> found = status(name);
    if (found.isEmpty()) {
      return;
    }
    if (!found.get().isDirectory()) {
      delete(name);
      return;
    }
    try (Directory inside = openDirectory(name)) {
      for (byte[] one : inside.names()) {
        inside.deleteTree(one);
      }
    }
    remove(name, REMOVE_DIRECTORY);
  }

  /** Its own state. */
  public FileStatus status() throws FileSystemException {
    return descriptor.status();
  }

  /** Whether it is another one, or lies in that. */
  public boolean isInside(Directory other) throws IOException {
    FileStatus wanted = other.status();
    Directory at = reopen();
    try {
      while (true) {
        FileStatus found = at.status();
        if (found.isSameFile(wanted)) {
          return true;
        }
        Directory above = at.openDirectory(ABOVE);
        at.close();
        at = above;
        if (at.status().isSameFile(found)) {
          return false; // the root
        }
      }
    } finally {
      at.close();
    }
  }

  /** Waits until its names are on the disk; not if it may not be read. */
  public void sync() throws IOException {
    try (Descriptor open =
        Descriptor.open(descriptor.number(), SELF, Kernel.host().openDirectory(), 0, shown)) {
      open.sync();
    } catch (AccessDeniedException e) {
      // the kernel writes them soon all the same
    }
  }

  @Override
  public void close() throws IOException {
    descriptor.close();
  }
}
