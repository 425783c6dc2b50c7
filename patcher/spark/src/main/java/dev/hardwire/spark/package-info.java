/**
 * The work on many files on Apache Spark. Nothing else uses this package, and no other package uses
 * Spark.
 */
package dev.hardwire.spark;
