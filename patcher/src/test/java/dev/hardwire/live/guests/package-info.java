/** Other kernels and architectures, booted by qemu. */
package dev.hardwire.live.guests;
