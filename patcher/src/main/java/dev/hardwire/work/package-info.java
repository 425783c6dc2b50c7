/**
 * The work of each command on one file: patch, restore, sign, confined copies, policies in every
 * format.
 */
package dev.hardwire.work;
