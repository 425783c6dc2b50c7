/** Firecracker's filters, one for each kind of thread. */
package dev.hardwire.formats.firecracker;
