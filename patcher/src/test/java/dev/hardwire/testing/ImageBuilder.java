package dev.hardwire.testing;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.Gson;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Consumer;
import java.util.zip.GZIPOutputStream;

/** Makes OCI image layouts, also damaged and hostile ones. */
public final class ImageBuilder {
  private final Path layout;
  private final List<String> layers = new ArrayList<>();
  private final List<String> diffIds = new ArrayList<>();
  private String entryPoint = "[]";

  public ImageBuilder(Path layout) throws IOException {
    this.layout = Files.createDirectories(layout);
    Files.createDirectories(layout.resolve("blobs/sha256"));
    Files.writeString(layout.resolve("oci-layout"), "{\"imageLayoutVersion\":\"1.0.0\"}");
  }

  /** A layer in the making: a tar archive. */
  public static final class Archive {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    /** Adds an entry; {@code type} is the flag of the ustar format. */
    public Archive add(String name, char type, String link, byte[] content) throws IOException {
      return add(name, type, link, content, block -> {});
    }

    /** The same with a header that {@code edit} changes; its sum is right. */
    public Archive add(String name, char type, String link, byte[] content, Consumer<byte[]> edit)
        throws IOException {
      byte[] block = new byte[512];
      put(block, 0, name);
      put(block, 100, "0000755\0");
      put(block, 108, "0000000\0");
      put(block, 116, "0000000\0");
      put(block, 124, "%011o\0".formatted(content.length));
      put(block, 136, "00000000000\0");
      put(block, 148, "        ");
      block[156] = (byte) type;
      put(block, 157, link);
      put(block, 257, "ustar\0" + "00");
      edit.accept(block);
      int sum = 0;
      for (byte octet : block) {
        sum += octet & 0xff;
      }
      put(block, 148, "%06o\0 ".formatted(sum));
      out.write(block);
      out.write(content);
      out.write(new byte[-content.length & 511]);
      return this;
    }

    public Archive file(String name, byte[] content) throws IOException {
      return add(name, '0', "", content);
    }

    public Archive directory(String name) throws IOException {
      return add(name + "/", '5', "", new byte[0]);
    }

    public byte[] end() throws IOException {
      out.write(new byte[1024]);
      return out.toByteArray();
    }

    /** Puts text into a header; a character is a byte. */
    public static void put(byte[] block, int at, String text) {
      byte[] octets = text.getBytes(ISO_8859_1);
      System.arraycopy(octets, 0, block, at, octets.length);
    }
  }

  /** Adds a layer that is compressed with gzip. */
  public ImageBuilder layer(byte[] archive) throws IOException {
    ByteArrayOutputStream compressed = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(compressed)) {
      gzip.write(archive);
    }
    return layer("+gzip", compressed.toByteArray(), digest(archive));
  }

  /** Adds a layer as it is stored. */
  public ImageBuilder layer(String suffix, byte[] stored, String diffId) throws IOException {
    layers.add(descriptor("application/vnd.oci.image.layer.v1.tar" + suffix, stored));
    diffIds.add("\"" + diffId + "\"");
    return this;
  }

  public ImageBuilder entryPoint(String program) {
    return command(List.of(program), List.of());
  }

  /** What containers run. */
  public ImageBuilder command(List<String> entryPointWords, List<String> command) {
    entryPoint = new Gson().toJson(entryPointWords);
    entryPoint += command.isEmpty() ? "" : ",\"Cmd\":" + new Gson().toJson(command);
    return this;
  }

  /** Writes configuration, manifest and index. */
  public Path write() throws IOException {
    String config =
        """
        {"architecture":"amd64","os":"linux","config":{"Entrypoint":%s},\
        "rootfs":{"type":"layers","diff_ids":[%s]}}\
        """
            .formatted(entryPoint, String.join(",", diffIds));
    return writeManifest(
        """
        {"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json",\
        "config":%s,"layers":[%s]}\
        """
            .formatted(
                descriptor("application/vnd.oci.image.config.v1+json", config.getBytes(UTF_8)),
                String.join(",", layers)));
  }

  /** Writes a manifest and the index. */
  public Path writeManifest(String manifest) throws IOException {
    return writeIndex(
        descriptor("application/vnd.oci.image.manifest.v1+json", manifest.getBytes(UTF_8)));
  }

  /** Writes the index. */
  public Path writeIndex(String... descriptors) throws IOException {
    Files.writeString(
        layout.resolve("index.json"),
        "{\"schemaVersion\":2,\"manifests\":[" + String.join(",", descriptors) + "]}");
    return layout;
  }

  /** Writes a blob and returns its descriptor. */
  public String descriptor(String mediaType, byte[] content) throws IOException {
    String digest = digest(content);
    Files.write(layout.resolve("blobs/sha256/" + digest.substring(7)), content);
    return "{\"mediaType\":\"%s\",\"digest\":\"%s\",\"size\":%d}"
        .formatted(mediaType, digest, content.length);
  }

  public static String digest(byte[] content) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      return "sha256:" + HexFormat.of().formatHex(digest.digest(content));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
