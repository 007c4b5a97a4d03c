#include "uart.h"
#include "clock.h"
#include "k210.h"

/* In sixteenths: the low four bits are the fraction, and the UART samples 16 times per bit. */
static uint32_t divisor_for(uint32_t baud)
{
    return (clock_apb0_hz() + baud / 2) / baud;
}

bool uart_can(uint32_t baud)
{
    if (baud == 0)
        return false;
    uint32_t apb0 = clock_apb0_hz();
    uint32_t divisor = divisor_for(baud);
    if (divisor < 16 || divisor > 0xFFFFFu)
        return false;
    uint32_t actual = apb0 / divisor;
    uint64_t error = actual > baud ? actual - baud : baud - actual;
    return error * 50 <= baud;
}

void uart_set_baud(uint32_t baud)
{
    uint32_t divisor = divisor_for(baud);
    UART_LINE_CONTROL = UART_LINE_DIVISORS;
    UART_DIVISOR_HIGH = divisor >> 12;
    UART_DIVISOR_LOW = (divisor >> 4) & 0xFFu;
    UART_DIVISOR_FRACTION = divisor & 0xFu;
    UART_LINE_CONTROL = UART_LINE_8N1;
    UART_INTERRUPTS = UART_THRE_MODE;
    UART_FIFO_CONTROL = UART_FIFO_ENABLE;
}

void uart_start(uint32_t baud)
{
    FPIOA_IO4 = FPIOA_UART3_RX;
    FPIOA_IO5 = FPIOA_UART3_TX;
    UART_FIFO_CONTROL = UART_FIFO_ENABLE | UART_FIFO_RESET;
    uart_set_baud(baud);
}

uint8_t uart_receive(void)
{
    while ((UART_LINE_STATUS & UART_DATA_READY) == 0)
        ;
    return (uint8_t)UART_DATA;
}

void uart_send(uint8_t byte)
{
    while ((UART_LINE_STATUS & UART_TRANSMIT_FULL) != 0)
        ;
    UART_DATA = byte;
}

void uart_drain(void)
{
    while ((UART_LINE_STATUS & UART_TRANSMIT_EMPTY) == 0)
        ;
}
