/**
 * What the build generates from the commands' picocli annotations: the readers of usual command
 * lines, manual pages and shell completion. Annotated fields of commands that are read quickly are
 * package-private, since the generated readers set them without reflection.
 */
package dev.hardwire.cli.generate;
