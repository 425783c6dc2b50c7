package dev.hardwire.manifest;

import dev.hardwire.Destination;
import dev.hardwire.FileResult;
import dev.hardwire.FileWork;
import dev.hardwire.Messages;
import dev.hardwire.container.ImagePrograms;
import dev.hardwire.trees.TreeEntry;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Changes programs of a container image or a package in files of its working folder, and puts them
 * into their places.
 */
public final class ImagePatch {
  private final ImagePrograms programs;

  /** Results by the names of programs. */
  private final Map<Path, Path> results = new ConcurrentHashMap<>();

  /** Makes one for the images that are opened. */
  public ImagePatch(ImagePrograms programs) {
    this.programs = programs;
  }

  /** Where changed programs are written first. */
  public Destination destination() {
    return Destination.each(
        program -> results.computeIfAbsent(program.file(), name -> programs.work().newFile()));
  }

  /**
   * Changes a program. The image is not written yet.
   *
   * @param work on programs, to {@link #destination}
   */
  public <T> FileResult<T> run(FileWork<T> work, TreeEntry entry, Messages messages)
      throws IOException {
    FileResult<T> result = work.run(FoundFiles.of(entry), messages);
    if (result.status() == FileResult.Status.DONE) {
      programs.replace(entry, results.get(entry.file()));
    }
    return result;
  }
}
