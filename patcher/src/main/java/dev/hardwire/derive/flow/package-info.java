/**
 * The values that registers and stack slots have inside one function: constants, addresses, and
 * arguments of the function, followed forwards.
 */
package dev.hardwire.derive.flow;
