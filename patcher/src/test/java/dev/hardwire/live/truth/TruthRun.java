package dev.hardwire.live.truth;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Makes many trials, on every processor. Files that were not confined are kept. */
final class TruthRun {
  private final List<Subject> subjects;
  private final List<Treatment> ways;
  private final long seed;
  private final int first;
  private final int count;
  private final Path folder;
  private final Optional<Path> root;
  private final Path kept;
  private final Tally tally = new Tally();

  /**
   * A run.
   *
   * @param subjects the programs
   * @param ways how mutants are hard-wired
   * @param first the number of the first mutant
   * @param folder a directory that every user can enter
   * @param root the directory that programs have as their root, if it is another one
   * @param kept where files that were not confined are kept
   */
  TruthRun(
      List<Subject> subjects,
      List<Treatment> ways,
      long seed,
      int first,
      int count,
      Path folder,
      Optional<Path> root,
      Path kept) {
    this.subjects = subjects;
    this.root = root;
    this.ways = ways;
    this.seed = seed;
    this.first = first;
    this.count = count;
    this.folder = folder;
    this.kept = kept;
  }

  Tally run() throws IOException, InterruptedException, ExecutionException {
    AtomicInteger next = new AtomicInteger(first);
    int threads = Runtime.getRuntime().availableProcessors();
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try {
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        Path own = folder.resolve("runner-" + i);
        all.add(
            pool.submit(
                () -> {
                  work(next, own);
                  return null;
                }));
      }
      for (Future<?> one : all) {
        one.get();
      }
    } finally {
      next.set(first + count);
      pool.shutdown();
      pool.awaitTermination(1, TimeUnit.MINUTES);
    }
    return tally;
  }

  private void work(AtomicInteger next, Path own) throws IOException {
    try (Runner runner = root.isPresent() ? Runner.inRoot(root.get(), own) : new Runner(own)) {
      for (int number = next.getAndIncrement();
          number < first + count;
          number = next.getAndIncrement()) {
        Trial trial = new Trial(subjects, ways, seed, number);
        Trial.Result result = trial.run(runner);
        tally.add(trial, result);
        if (result == Trial.Result.VIOLATION || result == Trial.Result.ERROR) {
          keep(trial, number);
        }
      }
    }
  }

  private void keep(Trial trial, int number) throws IOException {
    Files.createDirectories(kept);
    Path name = kept.resolve(trial.fileName(number));
    Files.write(name, trial.file().toArray());
    Files.write(Path.of(name + ".original"), trial.mutant().toArray());
    Files.writeString(Path.of(name + ".txt"), trial + "\n" + trial.detail() + "\n");
  }

  /** Arguments: a seed, the number of the first mutant, and how many. */
  public static void main(String... args) throws Exception {
    Path folder = Files.createTempDirectory("truth");
    Files.setPosixFilePermissions(
        folder, java.nio.file.attribute.PosixFilePermissions.fromString("rwxr-xr-x"));
    TruthRun run =
        new TruthRun(
            Subject.all(),
            Treatment.ALL,
            Long.parseLong(args[0]),
            Integer.parseInt(args[1]),
            Integer.parseInt(args[2]),
            folder,
            Optional.empty(),
            Path.of("target", "truth"));
    long start = System.nanoTime();
    System.out.println(run.run());
    System.out.printf("%.1f s%n", (System.nanoTime() - start) / 1e9);
  }
}
