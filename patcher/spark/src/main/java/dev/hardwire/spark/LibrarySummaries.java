package dev.hardwire.spark;

import dev.hardwire.bytes.Digested;
import dev.hardwire.bytes.Digests;
import dev.hardwire.derive.module.SummaryStore;
import dev.hardwire.spark.files.Upload;
import java.io.IOException;
import java.io.InputStream;
import java.io.Serializable;
import java.util.Optional;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.util.LongAccumulator;
import org.apache.spark.util.SerializableConfiguration;

/**
 * Summaries of libraries as files of a Hadoop file system, each named by the SHA-256 of the library
 * and beginning with the SHA-256 of what follows. A damaged one is as if it were not there. Files
 * appear whole, by renaming: whoever writes one writes what is true of the library.
 */
final class LibrarySummaries implements SummaryStore {

  /** The largest file, in bytes. */
  private static final int LARGEST = 1 << 26;

  private static final String CODE = ".code";

  /**
   * Where they are.
   *
   * @param folder a URI
   * @param made counts summaries of code that were written
   */
  record Place(String folder, SerializableConfiguration configuration, LongAccumulator made)
      implements Serializable {
    /**
     * A place below a folder.
     *
     * @param version of the analysis: only what the same one wrote is read
     */
    static Place of(
        Path folder, String version, SparkSession spark, SerializableConfiguration configuration) {
      return new Place(
          new Path(folder, version).toString(),
          configuration,
          spark.sparkContext().longAccumulator());
    }
  }

  private Place place;

  /** From now on, they are read and written there. */
  void use(Place newPlace) {
    place = newPlace;
  }

  @Override
  public Optional<byte[]> read(String name) {
    if (place == null) {
      return Optional.empty();
    }
    Path file = new Path(place.folder(), name);
    try {
      FileSystem files = Upload.raw(file.getFileSystem(place.configuration().value()));
      byte[] bytes;
      try (InputStream in = files.open(file)) {
        bytes = in.readNBytes(LARGEST + 1);
      }
      return bytes.length > LARGEST ? Optional.empty() : Digested.content(bytes);
    } catch (IOException e) {
      return Optional.empty(); // it is not there, or made again
    }
  }

  @Override
  public void write(String name, byte[] content) {
    if (place == null || content.length > LARGEST - Digests.SIZE) {
      return;
    }
    if (name.endsWith(CODE)) {
      place.made().add(1);
    }
    try {
      new Upload(place.configuration().value())
          .write(
              new Path(place.folder(), name),
              Optional.empty(),
              out -> out.write(Digested.of(content)));
    } catch (IOException e) {
      // what cannot be kept is found again; the results that follow end the run if they cannot be
    }
  }
}
