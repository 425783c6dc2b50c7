package dev.hardwire.container;

import dev.hardwire.container.archive.Compression;
import java.util.Set;

/** Media types of images (OCI image specification, media-types.md; Docker image manifest 2.2). */
final class MediaTypes {
  static final String OCI_LAYER = "application/vnd.oci.image.layer.v1.tar";
  static final String DOCKER_LAYER = "application/vnd.docker.image.rootfs.diff.tar";
  private static final String DOCKER_GZIP = DOCKER_LAYER + ".gzip";
  private static final String DOCKER_ZSTD = DOCKER_LAYER + ".zstd";

  private static final Set<String> INDEXES =
      Set.of(
          "application/vnd.oci.image.index.v1+json",
          "application/vnd.docker.distribution.manifest.list.v2+json");
  private static final Set<String> MANIFESTS =
      Set.of(
          "application/vnd.oci.image.manifest.v1+json",
          "application/vnd.docker.distribution.manifest.v2+json");
  private static final Set<String> CONFIGURATIONS =
      Set.of(
          "application/vnd.oci.image.config.v1+json",
          "application/vnd.docker.container.image.v1+json");
  private static final Set<String> LAYERS =
      Set.of(
          OCI_LAYER,
          OCI_LAYER + "+gzip",
          OCI_LAYER + "+zstd",
          DOCKER_LAYER,
          DOCKER_GZIP,
          DOCKER_ZSTD);

  private MediaTypes() {}

  static boolean isIndex(String type) {
    return INDEXES.contains(type);
  }

  static boolean isManifest(String type) {
    return MANIFESTS.contains(type);
  }

  static boolean isConfiguration(String type) {
    return CONFIGURATIONS.contains(type);
  }

  static boolean isLayer(String type) {
    return LAYERS.contains(type);
  }

  static boolean isDocker(String type) {
    return type.contains(".docker.");
  }

  static Compression compression(String type) {
    if (type.endsWith("gzip")) {
      return Compression.GZIP;
    }
    return type.endsWith("zstd") ? Compression.ZSTD : Compression.NONE;
  }

  /** The type of a new layer beside others of {@code type}. */
  static String layer(String type, Compression compression) {
    if (!isDocker(type)) {
      return OCI_LAYER + compression.suffix();
    }
    return switch (compression) {
      case NONE, XZ -> DOCKER_LAYER;
      case GZIP -> DOCKER_GZIP;
      case ZSTD -> DOCKER_ZSTD;
    };
  }
}
