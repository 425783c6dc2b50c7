/** Reads the files that come with the classes. */
package dev.hardwire.resource;
