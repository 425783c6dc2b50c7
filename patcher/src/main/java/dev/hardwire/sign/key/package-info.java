/** Keys with their certificates: in files and in tokens. */
package dev.hardwire.sign.key;
