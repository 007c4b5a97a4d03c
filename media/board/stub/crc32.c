#include "crc32.h"

#define REFLECTED_POLYNOMIAL 0xEDB88320u

static uint32_t table[256];

void crc32_prepare(void)
{
    for (uint32_t value = 0; value < 256; value++) {
        uint32_t crc = value;
        for (int bit = 0; bit < 8; bit++)
            crc = (crc >> 1) ^ ((crc & 1u) != 0 ? REFLECTED_POLYNOMIAL : 0u);
        table[value] = crc;
    }
}

uint32_t crc32_update(uint32_t crc, const uint8_t *bytes, uint32_t length)
{
    for (uint32_t i = 0; i < length; i++)
        crc = table[(crc ^ bytes[i]) & 0xFFu] ^ (crc >> 8);
    return crc;
}
