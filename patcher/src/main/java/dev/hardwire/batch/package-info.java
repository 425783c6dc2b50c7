/** Many files at once: finding them in directory trees, and working on several at a time. */
package dev.hardwire.batch;
