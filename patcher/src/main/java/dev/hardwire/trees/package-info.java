/** Finds files in directory trees and processes several at a time. */
package dev.hardwire.trees;
