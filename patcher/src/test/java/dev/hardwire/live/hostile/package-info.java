/** Hostile and damaged files, names, rights, and special disks. */
package dev.hardwire.live.hostile;
