package dev.hardwire.verify;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.note.BlobHeader;
import dev.hardwire.elf.note.RawRecord;
import dev.hardwire.stub.SetupProgram;

/** Reads setup programs out of blobs. */
final class Blobs {
  private Blobs() {}

  /**
   * The setup program of a blob.
   *
   * @param fileOffset where the blob starts in the file, for errors
   */
  static SetupProgram program(Bytes blob, BlobHeader header, long fileOffset) {
    return SetupProgram.decode(
        blob.slice(header.recordsOffset(), header.recordCount() * RawRecord.SIZE),
        blob.slice(header.dataOffset(), header.dataSize()),
        header.dataOffset(),
        fileOffset + header.recordsOffset());
  }
}
