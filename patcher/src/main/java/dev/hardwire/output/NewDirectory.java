package dev.hardwire.output;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.os.Descriptor;
import dev.hardwire.os.Directory;
import dev.hardwire.os.TreePath;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A directory that appears whole or not at all: it gets its name when all files are in it. It and
 * the one above are opened once, and its files are made in open directories.
 */
public final class NewDirectory implements ShutdownCleanup.Unfinished {
  private static final int DATA = 0666;
  private static final int FOLDER = 0777;
  private static final int BUFFER = 1 << 16;

  private final TargetName name;
  private final Path target;
  private final Directory parent;
  private final byte[] last;
  private final byte[] temporary = TemporaryFile.newName().getBytes(StandardCharsets.US_ASCII);
  private Directory made;
  private boolean isPublished;
  private boolean discarded;

  private NewDirectory(TargetName name, Directory.Entry place) {
    this.name = name;
    this.target = name.path();
    this.parent = place.directory();
    this.last = place.name();
  }

  /**
   * Makes one that does not lie in another directory.
   *
   * @param outside that directory
   * @throws FileSystemException if it would, or the name is in use
   */
  public static NewDirectory begin(Path target, Directory outside) throws IOException {
    NewDirectory directory = begin(target);
    boolean isOutside = false;
    try {
      if (directory.parent.isInside(outside)) {
        throw new FileSystemException(target.toString(), null, "lies in the image that is read");
      }
      isOutside = true;
      return directory;
    } finally {
      if (!isOutside) {
        directory.close();
      }
    }
  }

  /**
   * Makes one.
   *
   * @throws FileAlreadyExistsException if the name is in use
   */
  public static NewDirectory begin(Path target) throws IOException {
    Path named = target.getFileName() == null ? target.toAbsolutePath() : target;
    TargetName name = TargetName.of(named);
    NewDirectory directory = new NewDirectory(name, name.find());
    ShutdownCleanup.add(directory);
    boolean isMade = false;
    try {
      directory.make();
      isMade = true;
      return directory;
    } finally {
      if (!isMade) {
        directory.close();
      }
    }
  }

  private synchronized void make() throws IOException {
    requireKept();
    if (parent.status(last).isPresent()) {
      throw new FileAlreadyExistsException(target.toString(), null, "already exists");
    }
    TemporaryFile.sweep(parent);
    try {
      made = parent.makeDirectory(temporary, FOLDER);
    } catch (FileSystemException e) {
      throw name.errorOf(e);
    }
  }

  public void add(String file, Bytes content) throws IOException {
    try (Descriptor open = create(file)) {
      FileBody body = new FileBody(open, Optional.empty());
      body.append(content);
      body.finish();
    } catch (FileSystemException e) {
      throw named(file, e);
    }
  }

  /** Makes a file of text in UTF-8. */
  public void add(String file, String text) throws IOException {
    add(file, Bytes.wrap(text.getBytes(StandardCharsets.UTF_8)));
  }

  public void add(String file, InputStream content) throws IOException {
    try (Descriptor open = create(file)) {
      byte[] buffer = new byte[BUFFER];
      long at = 0;
      for (int count = content.read(buffer); count > 0; count = content.read(buffer)) {
        open.write(ByteBuffer.wrap(buffer, 0, count), at);
        at += count;
      }
    } catch (FileSystemException e) {
      throw named(file, e);
    }
  }

  private synchronized Descriptor create(String file) throws IOException {
    requireKept();
    Directory.Entry place = TreePath.make(made, target, Path.of(file));
    try (Directory directory = place.directory()) {
      return directory.create(place.name(), DATA);
    }
  }

  /** Errors of the directory name it; those of what it is made from name that. */
  private FileSystemException named(String file, FileSystemException failure) {
    boolean isOwn = failure.getFile() != null && failure.getFile().startsWith(target.toString());
    return isOwn ? TargetName.of(target.resolve(file)).errorOf(failure) : failure;
  }

  /** Gives it its name. */
  public synchronized void publish() throws IOException {
    requireKept();
    try {
      parent.renameNew(temporary, last);
    } catch (FileSystemException e) {
      throw name.errorOf(e);
    }
    isPublished = true;
    ShutdownCleanup.countPlaced(target);
  }

  private void requireKept() throws IOException {
    if (discarded) {
      throw new FileSystemException(target.toString(), null, "this process is being ended");
    }
  }

  @Override
  public int depth() {
    return 1;
  }

  @Override
  public synchronized void discard() throws IOException {
    if (discarded) {
      return;
    }
    discarded = true;
    try (parent) {
      if (made != null) {
        made.close();
      }
      if (!isPublished) {
        parent.deleteTree(temporary);
      }
    }
  }
}
