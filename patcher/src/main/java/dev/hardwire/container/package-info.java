/**
 * Container images as they are stored: OCI image layouts and archives, and Docker's archives. Their
 * layers are read as streams; programs are copied out of them into a private folder, and changed
 * ones go into a new layer. Packages of Debian and RPM are read, and written anew, in the same way.
 *
 * <p>Sources: OCI image specification 1.1; pax(1) of POSIX.1-2017 and tar(5) for layers; deb(5).
 */
package dev.hardwire.container;
