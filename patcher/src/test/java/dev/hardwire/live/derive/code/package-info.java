/** Programs in assembly language, with code that derivation has to find. */
package dev.hardwire.live.derive.code;
