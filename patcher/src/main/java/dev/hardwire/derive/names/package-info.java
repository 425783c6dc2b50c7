/** Functions and libraries that a program finds by their names when it runs. */
package dev.hardwire.derive.names;
