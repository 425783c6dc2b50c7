/** The settings of systemd's units that filter system calls. */
package dev.hardwire.formats.systemd;
