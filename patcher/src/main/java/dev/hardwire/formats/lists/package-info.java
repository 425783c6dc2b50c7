/** Lists of calls of other sandboxes, which are only read: LXC, snapd, bionic, firejail. */
package dev.hardwire.formats.lists;
