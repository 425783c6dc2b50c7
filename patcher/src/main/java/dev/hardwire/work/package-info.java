/**
 * The work of each command on one file: patch, restore, sign, confined copies, policies in every
 * format; statements for pipelines: in-toto, SLSA, DSSE.
 */
package dev.hardwire.work;
