/* The serial line to the host: UART3 on IO4 and IO5, polled. */

#ifndef UART_H
#define UART_H

#include <stdbool.h>
#include <stdint.h>

void uart_start(uint32_t baud);

/* Whether the divider reaches the rate within two percent. */
bool uart_can(uint32_t baud);

/* To be called when nothing is being sent. */
void uart_set_baud(uint32_t baud);

uint8_t uart_receive(void);
void uart_send(uint8_t byte);

/* Waits until the last bit has left. */
void uart_drain(void);

#endif
