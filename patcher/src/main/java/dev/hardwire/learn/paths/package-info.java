/** Rules for files and ports, made from what a program did with them. */
package dev.hardwire.learn.paths;
