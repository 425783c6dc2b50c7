/** Debian's packages: reads programs from them, and writes them anew with changed ones. */
package dev.hardwire.container.deb;
