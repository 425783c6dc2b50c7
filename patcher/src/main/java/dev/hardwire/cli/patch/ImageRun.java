package dev.hardwire.cli.patch;

import dev.hardwire.Destination;
import dev.hardwire.FileWork;
import dev.hardwire.PatchResult;
import dev.hardwire.cli.files.Batch;
import dev.hardwire.cli.files.ImagePrograms;
import dev.hardwire.cli.files.WorkLines;
import dev.hardwire.cli.report.FileResult;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Patches programs of a container image into files of its working folder, and puts them there. */
final class ImageRun {
  private final ImagePrograms programs;

  /** Results by the names of programs. */
  private final Map<Path, Path> results = new ConcurrentHashMap<>();

  ImageRun(ImagePrograms programs) {
    this.programs = programs;
  }

  Destination destination() {
    return Destination.each(
        program -> results.computeIfAbsent(program.file(), name -> programs.work().newFile()));
  }

  /** Patches each program, and prints a line about it. */
  Batch.Action action(FileWork<PatchResult> work) {
    return (entry, out, warnings) -> {
      dev.hardwire.FileResult<PatchResult> result = work.run(programs.found(entry), warnings);
      if (result.result().isEmpty()) {
        return WorkLines.told(result, out);
      }
      PatchResult patched = result.result().get();
      ImagePrograms.Source source = programs.source(entry);
      synchronized (source.image()) {
        source.image().replace(source.program(), patched.file());
      }
      out.println(PatchCommand.line(entry.file(), patched));
      return FileResult.done(entry.file());
    };
  }
}
