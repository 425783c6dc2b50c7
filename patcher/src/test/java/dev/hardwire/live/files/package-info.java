/** What the files that commands write are: contents, attributes, place. */
package dev.hardwire.live.files;
