/** Writes reports as documents for programs: JSON, SARIF and CSV. */
package dev.hardwire.report.write;
