package dev.hardwire.cli.report;

/** The exit codes of the command; docs and tests name them by these names. */
public enum ExitCode {
  OK(0),
  INTERNAL_ERROR(1),
  USAGE(2),
  NOT_PATCHABLE(3),
  INVALID_POLICY(4),
  VERIFICATION_FAILED(5),
  INPUT_OUTPUT_FAILED(6);

  private final int code;

  ExitCode(int code) {
    this.code = code;
  }

  public int code() {
    return code;
  }
}
