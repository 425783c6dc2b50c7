/**
 * System calls of Linux: one native method, and what the file code needs on top of it. Everything
 * works on open descriptors, so that a name is looked up once.
 */
package dev.hardwire.os;
