package dev.hardwire.container.archive;

import io.airlift.compress.zstd.ZstdInputStream;
import io.airlift.compress.zstd.ZstdOutputStream;
import java.io.BufferedInputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.FileSystemException;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZInputStream;
import org.tukaani.xz.XZOutputStream;

/** How a layer is compressed. */
public enum Compression {
  NONE(""),
  GZIP("+gzip"),
  ZSTD("+zstd"),

  /** Of Debian packages only. */
  XZ("");

  private static final int BUFFER = 1 << 16;
  private static final int LEVEL = 6;

  /** Enough for level 9. */
  private static final int XZ_MEMORY_KIBIBYTES = 70 << 10;

  /**
   * Fails with a new exception when it is closed: a compressor throws the one of its last write
   * again, which Java refuses to attach to itself.
   */
  private static final class Forgetful extends FilterOutputStream {
    Forgetful(OutputStream out) {
      super(out);
    }

    @Override
    public void write(byte[] content, int offset, int length) throws IOException {
      out.write(content, offset, length);
    }

    @Override
    public void close() throws IOException {
      try {
        out.close();
      } catch (FileSystemException e) {
        throw new FileSystemException(e.getFile(), e.getOtherFile(), e.getReason());
      } catch (IOException e) {
        throw new IOException(e.getMessage(), e);
      }
    }
  }

  private final String suffix;

  Compression(String suffix) {
    this.suffix = suffix;
  }

  /** What it appends to the media type of a layer. */
  public String suffix() {
    return suffix;
  }

  /** Tells by the first bytes; the stream must support marks. */
  public static Compression of(InputStream in) throws IOException {
    in.mark(4);
    byte[] start = in.readNBytes(4);
    in.reset();
    if (start.length >= 2 && start[0] == 0x1f && start[1] == (byte) 0x8b) {
      return GZIP;
    }
    boolean isZstd =
        start.length == 4
            && start[0] == 0x28
            && start[1] == (byte) 0xb5
            && start[2] == 0x2f
            && start[3] == (byte) 0xfd;
    return isZstd ? ZSTD : NONE;
  }

  public InputStream open(InputStream in) throws IOException {
    return switch (this) {
      case NONE -> in;
      case GZIP -> new BufferedInputStream(new GzipStream(in), BUFFER);
      case ZSTD -> new BufferedInputStream(new ZstdInputStream(in), BUFFER);
      case XZ -> new XZInputStream(in, XZ_MEMORY_KIBIBYTES);
    };
  }

  /** Compresses; the same input and the same version of the compressor give the same bytes. */
  public OutputStream create(OutputStream out) throws IOException {
    return switch (this) {
      case NONE -> out;
      case GZIP ->
          new GZIPOutputStream(out, BUFFER) {
            {
              def.setLevel(LEVEL);
              def.setStrategy(Deflater.DEFAULT_STRATEGY);
            }
          };
      case ZSTD -> new ZstdOutputStream(out);
      case XZ ->
          new Forgetful(
              new XZOutputStream(out, new LZMA2Options(LEVEL), org.tukaani.xz.XZ.CHECK_CRC64));
    };
  }
}
