/*
 * Flash stub of MobileFaceNet Studio for the K210: loaded to main memory by the boot ROM, it writes, checks and reads the boot flash
 * on behalf of a host. A request is op u16, zero u16, CRC-32 u32 of all that follows, address u32, length u32, payload; a reply is
 * op u8, status u8, data. All numbers are little-endian.
 */

#include <stdbool.h>
#include "clock.h"
#include "crc32.h"
#include "flash.h"
#include "k210.h"
#include "slip.h"
#include "uart.h"

#define PROTOCOL_VERSION 1u
#define START_BAUD       115200u
#define HEADER_BYTES     16u
#define MAX_PAYLOAD      FLASH_BLOCK_BYTES

enum {
    OP_NOP = 0xD2,
    OP_ERASE = 0xD3,          /* length field is the bytes to erase; data: CRC-32 of the flash there */
    OP_WRITE = 0xD4,          /* erases, programs; data: CRC-32 of the flash there, and after a failure the status register */
    OP_REBOOT = 0xD5,
    OP_SET_BAUD = 0xD6,       /* payload: u32 */
    OP_FLASH_INIT = 0xD7,     /* data: JEDEC id */
    OP_READ = 0xDA,           /* length field is the bytes to read; data: CRC-32, bytes */
    OP_CRC = 0xDB,            /* length field is the bytes to check; data: CRC-32 */
    OP_LINK_TEST = 0xDC,      /* any payload */
    OP_FLASH_IDENTITY = 0xDD, /* data: JEDEC id, unique number of 8 bytes, status register */
    OP_HELLO = 0xDE,          /* data: "K2UP", version u8, longest payload u16 (0 is 65536), APB0 Hz u32, ACLK Hz u32 */
};

enum {
    STATUS_OK = 0xE0,
    STATUS_BAD_LENGTH = 0xE1,
    STATUS_BAD_CHECKSUM = 0xE2,
    STATUS_INVALID_COMMAND = 0xE3,
    STATUS_BAD_INITIALIZATION = 0xE4,
    STATUS_EXECUTION_FAILED = 0xE5,
};

struct request {
    uint32_t op;
    uint32_t address;
    uint32_t length;
    const uint8_t *payload;
    uint32_t payload_length;
};

/* One frame of a request; also what is read from the flash for a reply. */
static uint8_t buffer[HEADER_BYTES + MAX_PAYLOAD] __attribute__((aligned(8)));
static uint8_t jedec_id[3];
/* 0 before the flash was found. */
static uint32_t flash_bytes;

static uint32_t load32(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

static void store32(uint8_t *bytes, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        bytes[i] = (uint8_t)(value >> (8 * i));
}

static void begin_reply(uint32_t op, uint8_t status)
{
    uint8_t head[2] = { (uint8_t)op, status };
    slip_begin();
    slip_send(head, sizeof head);
}

static void reply(uint32_t op, uint8_t status, const uint8_t *data, uint32_t length)
{
    begin_reply(op, status);
    slip_send(data, length);
    slip_end();
}

static void reply_status(uint32_t op, uint8_t status)
{
    reply(op, status, 0, 0);
}

static void answer_flash_init(const struct request *request)
{
    if (!flash_start(jedec_id)) {
        reply_status(request->op, STATUS_BAD_INITIALIZATION);
        return;
    }
    flash_bytes = flash_size(jedec_id[2]);
    reply(request->op, STATUS_OK, jedec_id, sizeof jedec_id);
}

static void answer_set_baud(const struct request *request)
{
    if (request->length != 4 || request->payload_length != 4 || !uart_can(load32(request->payload))) {
        reply_status(request->op, STATUS_BAD_LENGTH);
        return;
    }
    uint32_t baud = load32(request->payload);
    reply_status(request->op, STATUS_OK);
    uart_drain();
    uart_set_baud(baud);
}

static void answer_hello(const struct request *request)
{
    uint8_t data[15] = { 'K', '2', 'U', 'P', PROTOCOL_VERSION, MAX_PAYLOAD & 0xFFu, (MAX_PAYLOAD >> 8) & 0xFFu };
    store32(data + 7, clock_apb0_hz());
    store32(data + 11, clock_aclk_hz());
    reply(request->op, STATUS_OK, data, sizeof data);
}

static void answer_flash_identity(const struct request *request)
{
    uint8_t data[12];
    for (uint32_t i = 0; i < sizeof jedec_id; i++)
        data[i] = jedec_id[i];
    flash_unique_id(data + 3);
    data[11] = flash_status();
    reply(request->op, STATUS_OK, data, sizeof data);
}

static void answer_read(const struct request *request)
{
    uint8_t crc[4];
    flash_read(request->address, buffer, request->length);
    store32(crc, ~crc32_update(CRC32_START, buffer, request->length));
    begin_reply(request->op, STATUS_OK);
    slip_send(crc, sizeof crc);
    slip_send(buffer, request->length);
    slip_end();
}

static void answer_crc(const struct request *request)
{
    uint8_t crc[4];
    store32(crc, flash_crc(request->address, request->length));
    reply(request->op, STATUS_OK, crc, sizeof crc);
}

static uint32_t crc_of_erased(uint32_t length)
{
    static const uint8_t erased = 0xFF;
    uint32_t crc = CRC32_START;
    for (uint32_t i = 0; i < length; i++)
        crc = crc32_update(crc, &erased, 1);
    return ~crc;
}

/* Erase, or write when there is a payload. Done is what the flash proves. */
static void answer_change(const struct request *request)
{
    uint8_t data[5];
    uint32_t expected = request->payload_length > 0
        ? ~crc32_update(CRC32_START, request->payload, request->payload_length)
        : crc_of_erased(request->length);
    bool in_time = flash_erase(request->address, request->length) && flash_program(request->address, request->payload, request->payload_length);
    uint32_t found = flash_crc(request->address, request->length);
    store32(data, found);
    data[4] = flash_status();
    if (in_time && found == expected)
        reply(request->op, STATUS_OK, data, 4);
    else
        reply(request->op, STATUS_EXECUTION_FAILED, data, 5);
}

/* Whether address, length and payload fit the flash and the request. */
static bool fits(const struct request *request)
{
    bool changes = request->op == OP_WRITE || request->op == OP_ERASE;
    uint32_t expected_payload = request->op == OP_WRITE ? request->length : 0;
    if (request->address > flash_bytes || request->length > flash_bytes - request->address || request->payload_length != expected_payload)
        return false;
    if (changes && (request->address % FLASH_SECTOR_BYTES != 0 || request->length % FLASH_SECTOR_BYTES != 0 || request->length == 0))
        return false;
    return request->op == OP_CRC || request->length <= FLASH_BLOCK_BYTES;
}

static void use_flash(const struct request *request)
{
    if (flash_bytes == 0)
        reply_status(request->op, STATUS_INVALID_COMMAND);
    else if (request->op == OP_FLASH_IDENTITY)
        answer_flash_identity(request);
    else if (!fits(request))
        reply_status(request->op, STATUS_BAD_LENGTH);
    else if (request->op == OP_CRC)
        answer_crc(request);
    else if (request->op == OP_READ)
        answer_read(request);
    else
        answer_change(request);
}

static void answer(const struct request *request)
{
    switch (request->op) {
    case OP_NOP:
    case OP_LINK_TEST:
        reply_status(request->op, STATUS_OK);
        break;
    case OP_FLASH_INIT:
        answer_flash_init(request);
        break;
    case OP_SET_BAUD:
        answer_set_baud(request);
        break;
    case OP_HELLO:
        answer_hello(request);
        break;
    case OP_REBOOT:
        reply_status(request->op, STATUS_OK);
        uart_drain();
        SYSCTL_SOFT_RESET = 1;
        for (;;)
            ;
    case OP_ERASE:
    case OP_WRITE:
    case OP_READ:
    case OP_CRC:
    case OP_FLASH_IDENTITY:
        use_flash(request);
        break;
    default:
        reply_status(request->op, STATUS_INVALID_COMMAND);
    }
}

void stub_main(void)
{
    clock_enable_peripherals();
    uart_start(START_BAUD);
    crc32_prepare();
    for (;;) {
        uint32_t length = slip_receive(buffer, sizeof buffer);
        if (length < HEADER_BYTES)
            continue;
        struct request request = {
            .op = (uint32_t)buffer[0] | (uint32_t)buffer[1] << 8,
            .address = load32(buffer + 8),
            .length = load32(buffer + 12),
            .payload = buffer + HEADER_BYTES,
            .payload_length = length - HEADER_BYTES,
        };
        if (load32(buffer + 4) != ~crc32_update(CRC32_START, buffer + 8, length - 8))
            reply_status(request.op, STATUS_BAD_CHECKSUM);
        else
            answer(&request);
    }
}
