/* The serial NOR flash on SPI3, in single-line mode. Addresses are bytes from its start. */

#ifndef FLASH_H
#define FLASH_H

#include <stdbool.h>
#include <stdint.h>

#define FLASH_SECTOR_BYTES 4096u
#define FLASH_BLOCK_BYTES  65536u

/* Brings the chip into a known mode and asks who it is. False when nothing answers. */
bool flash_start(uint8_t jedec_id[3]);

/* Size by the third JEDEC byte; 16 MiB when that says nothing. */
uint32_t flash_size(uint8_t capacity);

void flash_unique_id(uint8_t unique_id[8]);
uint8_t flash_status(void);
void flash_read(uint32_t address, uint8_t *bytes, uint32_t length);
uint32_t flash_crc(uint32_t address, uint32_t length);

/* Both wait for the chip and return false when it does not become ready. */
bool flash_erase(uint32_t address, uint32_t length);
bool flash_program(uint32_t address, const uint8_t *bytes, uint32_t length);

#endif
