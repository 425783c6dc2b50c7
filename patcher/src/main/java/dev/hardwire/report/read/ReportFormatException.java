package dev.hardwire.report.read;

import java.io.IOException;

/** A file is not a report that can be compared; the message says where and why. */
public final class ReportFormatException extends IOException {
  private static final long serialVersionUID = 1L;

  public ReportFormatException(String message, Throwable cause) {
    super(message, cause);
  }
}
