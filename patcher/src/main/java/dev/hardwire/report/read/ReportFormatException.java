package dev.hardwire.report.read;

import java.io.IOException;

/** A file is not a report that can be compared; the message says where and why. */
public final class ReportFormatException extends IOException {
  public ReportFormatException(String message, Throwable cause) {
    super(message, cause);
  }
}
