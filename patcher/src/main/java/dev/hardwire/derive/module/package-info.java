/**
 * One program or library as the analysis sees it: symbols with versions, pointers in data, and
 * functions with the addresses that they refer to.
 */
package dev.hardwire.derive.module;
