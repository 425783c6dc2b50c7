/** Files of a cluster: copies of them here, uploads, and the lock of an output. */
package dev.hardwire.spark.files;
