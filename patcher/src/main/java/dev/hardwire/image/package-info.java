/** Plans become bytes, and bytes become files; and the way back. */
package dev.hardwire.image;
