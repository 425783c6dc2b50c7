package dev.hardwire.text;

import java.io.Writer;

/** Collects text. {@link java.io.StringWriter} takes a lock for each of millions of words. */
public final class TextWriter extends Writer {
  private final StringBuilder text = new StringBuilder(1 << 12);

  @Override
  public void write(int c) {
    text.append((char) c);
  }

  @Override
  public void write(char[] from, int offset, int length) {
    text.append(from, offset, length);
  }

  @Override
  public void write(String from) {
    text.append(from);
  }

  @Override
  public void write(String from, int offset, int length) {
    text.append(from, offset, offset + length);
  }

  @Override
  public void flush() {
    // nothing is held back
  }

  @Override
  public void close() {
    // nothing is open
  }

  public String text() {
    return text.toString();
  }

  /** The text that was written, with a line end. */
  public String line() {
    return text.append('\n').toString();
  }
}
