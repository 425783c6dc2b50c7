/**
 * A program with its libraries: which symbol a reference finds, which functions are reached, and
 * which system calls they make.
 */
package dev.hardwire.derive.link;
