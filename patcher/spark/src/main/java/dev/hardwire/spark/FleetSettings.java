package dev.hardwire.spark;

import static org.apache.spark.sql.functions.concat;
import static org.apache.spark.sql.functions.lit;

import dev.hardwire.bytes.Digests;
import dev.hardwire.work.ToolVersion;
import java.io.IOException;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.spark.sql.Column;

/** What executors need to know: the work to do, and the files that belong to it. */
final class FleetSettings implements Serializable {
  /** All files together, in bytes. */
  private static final long LARGEST = 16 << 20;

  private final FleetOptions.Command work;

  /** By the names that they have in a folder of executors. */
  private final TreeMap<String, byte[]> files = new TreeMap<>();

  private final List<String> trust;
  private final String manifest;
  private final String output;
  private final Instant now;
  private final String digest;

  private FleetSettings(
      FleetOptions.Command work,
      SortedMap<String, byte[]> files,
      List<String> trust,
      String manifest,
      Map<String, String> others,
      String output) {
    this.work = work;
    this.files.putAll(files);
    this.trust = List.copyOf(trust);
    this.manifest = manifest;
    this.output = output;
    this.now = Instant.now();
    this.digest = digestOfAll(others);
  }

  /**
   * Reads the files.
   *
   * @param trusted files with trust anchors
   * @param manifest for {@link FleetOptions.Command#APPLY}, else null; all files in its folder are
   *     read
   * @param output where results go, a URI
   */
  static FleetSettings read(
      FleetOptions.Command work, List<Path> trusted, Path manifest, String output)
      throws IOException {
    SortedMap<String, byte[]> files = new TreeMap<>();
    List<String> trust = trusted.stream().map(file -> "trust/" + trusted.indexOf(file)).toList();
    long size = 0;
    for (int i = 0; i < trusted.size(); i++) {
      size += add(files, trust.get(i), trusted.get(i), size);
    }
    if (manifest == null) {
      return new FleetSettings(work, files, trust, "", Map.of(), output);
    }
    SortedMap<String, Path> beside = ManifestFiles.beside(manifest);
    for (Map.Entry<String, Path> file : beside.entrySet()) {
      size += add(files, "manifest/" + file.getKey(), file.getValue(), size);
    }
    return new FleetSettings(
        work,
        files,
        trust,
        "manifest/" + manifest.getFileName(),
        ManifestFiles.elsewhere(manifest, beside.keySet()),
        output);
  }

  private static long add(SortedMap<String, byte[]> files, String name, Path file, long before)
      throws IOException {
    long size = Files.size(file);
    if (before + size > LARGEST) {
      throw new IOException(
          file
              + ": more than 16 MiB of files go to executors; put the manifest into a folder of its"
              + " own, with nothing but what it names");
    }
    files.put(name, Files.readAllBytes(file));
    return size;
  }

  /** Writes the files into a folder. */
  void unpack(Path folder) throws IOException {
    for (Map.Entry<String, byte[]> file : files.entrySet()) {
      Path target = folder.resolve(file.getKey());
      Files.createDirectories(target.getParent());
      Files.write(target, file.getValue());
    }
  }

  private String digestOfAll(Map<String, String> others) {
    MessageDigest all = Digests.sha256();
    add(all, work + " " + ToolVersion.text() + " " + ToolVersion.commit());
    add(all, manifest); // its folder may have others
    for (Map.Entry<String, byte[]> file : files.entrySet()) {
      add(all, file.getKey() + " " + file.getValue().length);
      all.update(file.getValue());
    }
    others.forEach((file, sha256) -> add(all, sha256 + " " + file));
    return HexFormat.of().formatHex(all.digest());
  }

  /** A digest of all that rows depend on beside the input; the date of a check is not. */
  String digest() {
    return digest;
  }

  /**
   * The digest, and for {@link FleetOptions.Command#APPLY} the path of a unit, which patterns may
   * match.
   */
  String key(FleetUnit unit) {
    return work == FleetOptions.Command.APPLY ? digest + " " + unit.relative() : digest;
  }

  /** The same as a column, of a column with paths. */
  Column key(Column relative) {
    return work == FleetOptions.Command.APPLY ? concat(lit(digest + " "), relative) : lit(digest);
  }

  private static void add(MessageDigest digest, String text) {
    digest.update((text + "\n").getBytes(StandardCharsets.UTF_8));
  }

  FleetOptions.Command work() {
    return work;
  }

  List<String> trust() {
    return trust;
  }

  String manifest() {
    return manifest;
  }

  String output() {
    return output;
  }

  Instant now() {
    return now;
  }
}
