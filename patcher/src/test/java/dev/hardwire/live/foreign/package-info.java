/** Programs for other architectures, run by qemu-user. */
package dev.hardwire.live.foreign;
