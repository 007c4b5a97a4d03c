#include "flash.h"
#include "clock.h"
#include "crc32.h"
#include "k210.h"

enum {
    COMMAND_PAGE_PROGRAM = 0x02,
    COMMAND_READ = 0x03,
    COMMAND_READ_STATUS = 0x05,
    COMMAND_WRITE_ENABLE = 0x06,
    COMMAND_ERASE_SECTOR = 0x20,
    COMMAND_READ_UNIQUE_ID = 0x4B,
    COMMAND_ENABLE_RESET = 0x66,
    COMMAND_RESET = 0x99,
    COMMAND_READ_JEDEC_ID = 0x9F,
    COMMAND_ERASE_BLOCK = 0xD8,
    COMMAND_LEAVE_CONTINUOUS_READ = 0xFF,
};

#define STATUS_BUSY          0x01u
#define PAGE_BYTES           256u
#define ADDRESS_FRAME_BYTES  4u
#define PROGRAM_BURST_BYTES  (SPI_FIFO_ENTRIES - ADDRESS_FRAME_BYTES)
#define ERASE_LIMIT_SECONDS  5u
#define PROGRAM_LIMIT_SECONDS 2u

/* One chip select. Both counts are at most SPI_FIFO_ENTRIES, so neither FIFO can run over. */
static void transfer(const uint8_t *sent, uint32_t sent_count, uint8_t *received, uint32_t received_count)
{
    SPI_ENABLE = 0;
    SPI_CONTROL0 = SPI_FRAMES_OF_8_BITS | (received_count > 0 ? SPI_SEND_THEN_RECEIVE : SPI_SEND_ONLY);
    SPI_CONTROL1 = received_count > 0 ? received_count - 1 : 0;
    SPI_ENABLE = 1;
    for (uint32_t i = 0; i < sent_count; i++)
        SPI_DATA = sent[i];
    SPI_SLAVE_ENABLE = 1;
    for (uint32_t i = 0; i < received_count; i++) {
        while (SPI_RECEIVE_LEVEL == 0)
            ;
        received[i] = (uint8_t)SPI_DATA;
    }
    while ((SPI_STATUS & (SPI_STATUS_BUSY | SPI_STATUS_SEND_EMPTY)) != SPI_STATUS_SEND_EMPTY)
        ;
    SPI_SLAVE_ENABLE = 0;
    SPI_ENABLE = 0;
}

static void command(uint8_t code)
{
    transfer(&code, 1, 0, 0);
}

static void set_address(uint8_t frame[ADDRESS_FRAME_BYTES], uint8_t code, uint32_t address)
{
    frame[0] = code;
    frame[1] = (uint8_t)(address >> 16);
    frame[2] = (uint8_t)(address >> 8);
    frame[3] = (uint8_t)address;
}

uint8_t flash_status(void)
{
    uint8_t code = COMMAND_READ_STATUS;
    uint8_t status;
    transfer(&code, 1, &status, 1);
    return status;
}

static bool wait_until_ready(uint32_t limit_seconds)
{
    uint64_t limit = (uint64_t)clock_aclk_hz() * limit_seconds;
    uint64_t start = clock_cycles();
    while ((flash_status() & STATUS_BUSY) != 0)
        if (clock_cycles() - start > limit)
            return false;
    return true;
}

static bool is_same_everywhere(const uint8_t jedec_id[3], uint8_t value)
{
    return jedec_id[0] == value && jedec_id[1] == value && jedec_id[2] == value;
}

bool flash_start(uint8_t jedec_id[3])
{
    uint8_t code = COMMAND_READ_JEDEC_ID;
    SPI_ENABLE = 0;
    SPI_SLAVE_ENABLE = 0;
    SPI_INTERRUPT_MASK = 0;
    SPI_BAUD_RATE = FLASH_DIVIDER;
    command(COMMAND_LEAVE_CONTINUOUS_READ);
    command(COMMAND_LEAVE_CONTINUOUS_READ);
    /* An erase may still run that a reset of the processor interrupted. All ones are no status: nothing is connected. */
    if (flash_status() != 0xFF)
        wait_until_ready(ERASE_LIMIT_SECONDS);
    command(COMMAND_ENABLE_RESET);
    command(COMMAND_RESET);
    /* Chips take up to 30 microseconds for a reset; 100 at 390 MHz, more at less. */
    for (uint64_t start = clock_cycles(); clock_cycles() - start < 39000;)
        ;
    transfer(&code, 1, jedec_id, 3);
    return !is_same_everywhere(jedec_id, 0x00) && !is_same_everywhere(jedec_id, 0xFF);
}

uint32_t flash_size(uint8_t capacity)
{
    return capacity >= 16 && capacity <= 24 ? 1u << capacity : 1u << 24;
}

void flash_unique_id(uint8_t unique_id[8])
{
    static const uint8_t request[] = { COMMAND_READ_UNIQUE_ID, 0, 0, 0, 0 };
    transfer(request, sizeof request, unique_id, 8);
}

void flash_read(uint32_t address, uint8_t *bytes, uint32_t length)
{
    uint8_t frame[ADDRESS_FRAME_BYTES];
    while (length > 0) {
        uint32_t count = length < SPI_FIFO_ENTRIES ? length : SPI_FIFO_ENTRIES;
        set_address(frame, COMMAND_READ, address);
        transfer(frame, sizeof frame, bytes, count);
        address += count;
        bytes += count;
        length -= count;
    }
}

uint32_t flash_crc(uint32_t address, uint32_t length)
{
    uint8_t bytes[SPI_FIFO_ENTRIES];
    uint32_t crc = CRC32_START;
    while (length > 0) {
        uint32_t count = length < sizeof bytes ? length : sizeof bytes;
        flash_read(address, bytes, count);
        crc = crc32_update(crc, bytes, count);
        address += count;
        length -= count;
    }
    return ~crc;
}

static bool erase_one(uint8_t code, uint32_t address)
{
    uint8_t frame[ADDRESS_FRAME_BYTES];
    command(COMMAND_WRITE_ENABLE);
    set_address(frame, code, address);
    transfer(frame, sizeof frame, 0, 0);
    return wait_until_ready(ERASE_LIMIT_SECONDS);
}

bool flash_erase(uint32_t address, uint32_t length)
{
    if (length == FLASH_BLOCK_BYTES && address % FLASH_BLOCK_BYTES == 0)
        return erase_one(COMMAND_ERASE_BLOCK, address);
    for (uint32_t offset = 0; offset < length; offset += FLASH_SECTOR_BYTES)
        if (!erase_one(COMMAND_ERASE_SECTOR, address + offset))
            return false;
    return true;
}

static bool is_erased(const uint8_t *bytes, uint32_t length)
{
    for (uint32_t i = 0; i < length; i++)
        if (bytes[i] != 0xFF)
            return false;
    return true;
}

static bool program_burst(uint32_t address, const uint8_t *bytes, uint32_t length)
{
    uint8_t frame[SPI_FIFO_ENTRIES];
    command(COMMAND_WRITE_ENABLE);
    set_address(frame, COMMAND_PAGE_PROGRAM, address);
    for (uint32_t i = 0; i < length; i++)
        frame[ADDRESS_FRAME_BYTES + i] = bytes[i];
    transfer(frame, ADDRESS_FRAME_BYTES + length, 0, 0);
    return wait_until_ready(PROGRAM_LIMIT_SECONDS);
}

bool flash_program(uint32_t address, const uint8_t *bytes, uint32_t length)
{
    while (length > 0) {
        uint32_t in_page = PAGE_BYTES - address % PAGE_BYTES;
        uint32_t count = length < PROGRAM_BURST_BYTES ? length : PROGRAM_BURST_BYTES;
        if (count > in_page)
            count = in_page;
        if (!is_erased(bytes, count) && !program_burst(address, bytes, count))
            return false;
        address += count;
        bytes += count;
        length -= count;
    }
    return true;
}
