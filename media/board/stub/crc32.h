/* CRC-32 of zlib: reflected polynomial 0x04C11DB7, all ones at start, complement at the end. */

#ifndef CRC32_H
#define CRC32_H

#include <stdint.h>

#define CRC32_START 0xFFFFFFFFu

void crc32_prepare(void);

/* Goes on with `crc` over more bytes; the CRC is the complement of the last result. */
uint32_t crc32_update(uint32_t crc, const uint8_t *bytes, uint32_t length);

#endif
