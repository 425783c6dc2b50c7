/** Policies in environment variables, such as SECCOMP_SYSCALL_ALLOW. */
package dev.hardwire.formats.environment;
