package dev.hardwire.cli.files;

import dev.hardwire.container.ContainerImage;
import dev.hardwire.container.ImagePrograms;
import dev.hardwire.container.archive.UnpackLimit;
import dev.hardwire.derive.SystemRoot;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The file system that {@code --root} names: a directory, or a container image or Debian package,
 * which is unpacked for as long as this is open.
 */
public final class NamedRoot implements Closeable {
  /** Of the programs whose calls can be derived. */
  public static final String PLATFORM = "linux/amd64";

  private final SystemRoot system;
  private final Optional<ImagePrograms> image;

  private NamedRoot(SystemRoot system, Optional<ImagePrograms> image) {
    this.system = system;
    this.image = image;
  }

  /**
   * Opens it.
   *
   * @param path null for the file system of this machine
   * @throws IOException if it cannot be read, or is none of these
   */
  public static NamedRoot open(Path path) throws IOException {
    if (path == null || !ImagePrograms.isImage(path)) {
      return new NamedRoot(SystemRoot.named(path), Optional.empty());
    }
    ImagePrograms programs = new ImagePrograms(UnpackLimit.USUAL);
    boolean isOpen = false;
    try {
      programs.add(path);
      NamedRoot root =
          new NamedRoot(SystemRoot.of(programs.extract(PLATFORM)), Optional.of(programs));
      isOpen = true;
      return root;
    } finally {
      if (!isOpen) {
        programs.close();
      }
    }
  }

  public SystemRoot system() {
    return system;
  }

  /** What the containers of an image start first, as a path in it; empty if nothing is known. */
  public Optional<Path> entryPoint() throws IOException {
    return start().flatMap(ImagePrograms.Start::program).map(NamedRoot::path);
  }

  /** The programs that Entrypoint and Cmd of an image name, in order, as paths in it. */
  public List<Path> command() throws IOException {
    return start().map(ImagePrograms.Start::command).orElse(List.of()).stream()
        .filter(file -> file.content().isPresent())
        .map(NamedRoot::path)
        .toList();
  }

  private Optional<ImagePrograms.Start> start() throws IOException {
    List<ImagePrograms.Start> starts = image.isPresent() ? image.get().starts() : List.of();
    return starts.stream()
        .filter(start -> start.image().isEmpty() || start.image().startsWith(PLATFORM))
        .findFirst();
  }

  private static Path path(ContainerImage.EntryPoint file) {
    return Path.of("/" + file.name());
  }

  @Override
  public void close() throws IOException {
    if (image.isPresent()) {
      image.get().close();
    }
  }
}
