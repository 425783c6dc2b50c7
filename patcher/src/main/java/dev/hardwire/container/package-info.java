/**
 * Container images as they are stored: OCI image layouts and archives, and Docker's archives.
 * Layers are read as streams; programs are copied out of them into a private folder, and changed
 * ones go into a new layer.
 *
 * <p>Sources: OCI image specification 1.1; pax(1) of POSIX.1-2017 and tar(5) for layers.
 */
package dev.hardwire.container;
