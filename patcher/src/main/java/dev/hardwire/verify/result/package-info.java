/** What a verification found, without the classes that find it. */
package dev.hardwire.verify.result;
