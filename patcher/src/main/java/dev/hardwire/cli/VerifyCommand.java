package dev.hardwire.cli;

import com.google.gson.stream.JsonWriter;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.policy.Policy;
import dev.hardwire.verify.Check;
import dev.hardwire.verify.Expectations;
import dev.hardwire.verify.Report;
import dev.hardwire.verify.Verifier;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code hardwire verify}. */
@Command(
    name = "verify",
    description = "Prove from the bytes of hard-wired files what they will do when they start.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class VerifyCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = {"--policy", "--require-policy"},
      paramLabel = "FILE",
      description = "Require that this policy is the one enforced.")
  private Path policy;

  @Option(
      names = "--original",
      paramLabel = "FILE",
      description =
          "Require that this file was patched and that nothing else was changed; one FILE only.")
  private Path original;

  @Mixin private SignatureOptions signatures;

  @Option(names = "--json", description = "Print a JSON array, an object for each FILE.")
  private boolean json;

  @Parameters(arity = "1..*", paramLabel = "FILE", description = "Hard-wired executables.")
  private List<Path> files;

  @Override
  public Integer call() throws IOException {
    if (original != null && files.size() != 1) {
      throw new UsageException("--original takes one FILE");
    }
    Expectations expectations =
        new Expectations(requiredPolicy(), originalBytes(), signatures.read(files.size()));
    JsonList list = new JsonList(spec.commandLine().getOut(), json);
    int code =
        new FileRunner(spec, 1)
            .run(
                files,
                (file, out) -> {
                  Report report = Verifier.verify(InputFile.read(file), expectations);
                  if (json) {
                    list.add(writer -> write(writer, file, report));
                  } else {
                    print(out, file, report);
                  }
                  if (!report.passed()) {
                    throw new VerificationFailure(report);
                  }
                });
    list.close();
    return code;
  }

  private Optional<Policy> requiredPolicy() throws IOException {
    return policy == null ? Optional.empty() : Optional.of(InputFile.readPolicy(policy));
  }

  private Optional<Bytes> originalBytes() throws IOException {
    return original == null ? Optional.empty() : Optional.of(InputFile.read(original));
  }

  private static void print(PrintWriter out, Path file, Report report) {
    out.println(file + ":");
    for (Check check : report.checks()) {
      out.println(
          "  %-4s %s: %s".formatted(check.passed() ? "ok" : "FAIL", check.name(), check.detail()));
    }
    out.println(report.passed() ? "  verified" : "  NOT VERIFIED");
  }

  private static void write(JsonWriter writer, Path file, Report report) throws IOException {
    writer.beginObject();
    writer.name("file").value(file.toString());
    writer.name("verified").value(report.passed());
    writer.name("checks").beginArray();
    for (Check check : report.checks()) {
      writer.beginObject();
      writer.name("name").value(check.name());
      writer.name("passed").value(check.passed());
      writer.name("detail").value(check.detail());
      writer.endObject();
    }
    writer.endArray();
    writer.endObject();
  }
}
