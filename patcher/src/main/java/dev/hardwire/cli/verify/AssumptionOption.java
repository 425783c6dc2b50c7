package dev.hardwire.cli.verify;

import dev.hardwire.verify.Acceptance;
import java.util.Set;
import picocli.CommandLine.Option;

/** What the user believes about originals, and verification cannot prove. */
final class AssumptionOption {
  @Option(
      names = "--assume-start-code",
      description =
          "Believe that start code which cannot be compared with known code runs the init array: in"
              + " static programs with the hook init or post-init, and with musl on some machines.")
  boolean startCode;

  Set<Acceptance> accepted() {
    return startCode ? Set.of(Acceptance.START_CODE) : Set.of();
  }
}
