/* SPDX-License-Identifier: Apache-2.0 */
/*
 * truth: what the registers of the rig's units hold: which bus, unit and number they belong to, and which request was answered with them. So a
 * reading tells by itself whether it is right.
 *
 *   holding registers of a unit    0x0010 u32 serial number (fixed), 0x0020 text of 8 (fixed),
 *                                  0x0100 + 32 n (n = 0..5): +0 u64 energy, +4 u32 power, and for even n +6 u32 volts
 *                                  40000: a chain of SunSpec models 1 and 203; in 203 at +2 u32 power, +4 u64 energy
 */
#ifndef WATTLEDGER_FAULT_MODBUS_RIG_TRUTH_H
#define WATTLEDGER_FAULT_MODBUS_RIG_TRUTH_H

#include <stdbool.h>
#include <stdint.h>

/* The drivers that read it, in YAML. */
extern const char truth_plain_driver[];   /* all six rows */
extern const char truth_single_driver[];  /* the same, one number a request: all requests of two lengths */
extern const char truth_sunspec_driver[]; /* the chain's model */

/* Who answers what. */
struct truth {
	uint8_t bus;      /* 0..7 */
	uint8_t unit;     /* 1..7 */
	uint8_t field;    /* which number, 0..31 */
	uint32_t request; /* that was answered with it, below 2^21 */
};

/* The word at an address; field is ignored. */
uint16_t truth_word(const struct truth *truth, uint16_t address) __attribute__((warn_unused_result));

/* Row n's number: 0 energy, 1 power, 2 volts. Row 6 is that of the chain. */
uint8_t truth_field(unsigned row, unsigned which) __attribute__((warn_unused_result));

/* What a counter's raw reading, or a gauge's value, says. false: that is no number of any unit. */
bool truth_of_counter(uint64_t raw, struct truth *out) __attribute__((warn_unused_result));
bool truth_of_gauge(double value, struct truth *out) __attribute__((warn_unused_result));

#endif
