/** Reads programs, and earlier reports, for a report. */
package dev.hardwire.report.read;
