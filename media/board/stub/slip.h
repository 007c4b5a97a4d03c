/* Frames on the serial line: a delimiter at both ends, two bytes escaped (RFC 1055). */

#ifndef SLIP_H
#define SLIP_H

#include <stdint.h>

/*
 * Waits for a frame and returns its length, which is neither 0 nor above `capacity`. Frames that are too long or break the rule of
 * escapes are dropped whole. A delimiter ends one frame and begins the next.
 */
uint32_t slip_receive(uint8_t *frame, uint32_t capacity);

void slip_begin(void);
void slip_send(const uint8_t *bytes, uint32_t length);
void slip_end(void);

#endif
