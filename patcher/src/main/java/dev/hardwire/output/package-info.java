/**
 * Output files that appear complete or not at all: temporary files, attributes, groups, sparse
 * files.
 */
package dev.hardwire.output;
