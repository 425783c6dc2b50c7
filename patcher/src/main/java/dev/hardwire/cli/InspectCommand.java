package dev.hardwire.cli;

import picocli.CommandLine.Command;

@Command(name = "inspect")
final class InspectCommand {}
