#include "slip.h"
#include <stdbool.h>
#include "uart.h"

#define END            0xC0u
#define ESCAPE         0xDBu
#define ESCAPED_END    0xDCu
#define ESCAPED_ESCAPE 0xDDu

/* The delimiter that ended a frame begins the next one. */
static bool in_frame;

uint32_t slip_receive(uint8_t *frame, uint32_t capacity)
{
    uint32_t length = 0;
    bool escaped = false;
    for (;;) {
        uint8_t byte = uart_receive();
        if (byte == END) {
            bool complete = in_frame && !escaped && length > 0;
            in_frame = true;
            if (complete)
                return length;
            length = 0;
            escaped = false;
        } else if (in_frame) {
            if (!escaped && byte == ESCAPE) {
                escaped = true;
                continue;
            }
            bool broken = length == capacity || (escaped && byte != ESCAPED_END && byte != ESCAPED_ESCAPE);
            if (broken) {
                in_frame = false;
                continue;
            }
            frame[length++] = !escaped ? byte : (uint8_t)(byte == ESCAPED_END ? END : ESCAPE);
            escaped = false;
        }
    }
}

void slip_begin(void)
{
    uart_send(END);
}

void slip_send(const uint8_t *bytes, uint32_t length)
{
    for (uint32_t i = 0; i < length; i++) {
        if (bytes[i] == END || bytes[i] == ESCAPE) {
            uart_send(ESCAPE);
            uart_send(bytes[i] == END ? ESCAPED_END : ESCAPED_ESCAPE);
        } else {
            uart_send(bytes[i]);
        }
    }
}

void slip_end(void)
{
    uart_send(END);
}
