/* Registers of the K210 that the stub uses (Kendryte K210 datasheet; DesignWare APB UART and SSI databooks). */

#ifndef K210_H
#define K210_H

#include <stdint.h>

#define REGISTER(address) (*(volatile uint32_t *)(uintptr_t)(address))

/* System controller. */
#define SYSCTL_PLL0              REGISTER(0x50440008)
#define SYSCTL_CLOCK_SELECT0     REGISTER(0x50440020)
#define SYSCTL_CENTRAL_GATES     REGISTER(0x50440028)
#define SYSCTL_PERIPHERAL_GATES  REGISTER(0x5044002C)
#define SYSCTL_SOFT_RESET        REGISTER(0x50440030)
#define SYSCTL_PERIPHERAL_RESET  REGISTER(0x50440034)
#define SYSCTL_CLOCK_THRESHOLD1  REGISTER(0x5044003C)

#define CRYSTAL_HZ               26000000u
#define CENTRAL_GATE_APB0        (1u << 3)
#define PERIPHERAL_SPI3          (1u << 9)
#define PERIPHERAL_UART3         (1u << 18)
#define PERIPHERAL_FPIOA         (1u << 20)
#define CLOCK_SELECT0_ACLK_PLL0  (1u << 0)
#define CLOCK_SELECT0_SPI3_PLL0  (1u << 12)
#define THRESHOLD1_SPI3_MASK     (0xFFu << 24)

/* Pin functions: IO4 receives and IO5 sends for UART3. */
#define FPIOA_IO4                REGISTER(0x502B0010)
#define FPIOA_IO5                REGISTER(0x502B0014)
#define FPIOA_UART3_RX           0x00900044u
#define FPIOA_UART3_TX           0x00001F45u

/* UART3. */
#define UART_DATA                REGISTER(0x50230000)
#define UART_DIVISOR_LOW         REGISTER(0x50230000)
#define UART_DIVISOR_HIGH        REGISTER(0x50230004)
#define UART_INTERRUPTS          REGISTER(0x50230004)
#define UART_FIFO_CONTROL        REGISTER(0x50230008)
#define UART_LINE_CONTROL        REGISTER(0x5023000C)
#define UART_LINE_STATUS         REGISTER(0x50230014)
#define UART_DIVISOR_FRACTION    REGISTER(0x502300C0)

#define UART_LINE_8N1            0x03u
#define UART_LINE_DIVISORS       0x80u
/* With this bit, line status bit 5 says that the transmit FIFO is full. */
#define UART_THRE_MODE           0x80u
#define UART_FIFO_ENABLE         0x01u
#define UART_FIFO_RESET          0x06u
#define UART_DATA_READY          0x01u
#define UART_TRANSMIT_FULL       0x20u
#define UART_TRANSMIT_EMPTY      0x40u

/* SPI3, to which the boot flash is connected. */
#define SPI_CONTROL0             REGISTER(0x54000000)
#define SPI_CONTROL1             REGISTER(0x54000004)
#define SPI_ENABLE               REGISTER(0x54000008)
#define SPI_SLAVE_ENABLE         REGISTER(0x54000010)
#define SPI_BAUD_RATE            REGISTER(0x54000014)
#define SPI_RECEIVE_LEVEL        REGISTER(0x54000024)
#define SPI_STATUS               REGISTER(0x54000028)
#define SPI_INTERRUPT_MASK       REGISTER(0x5400002C)
#define SPI_DATA                 REGISTER(0x54000060)

#define SPI_FRAMES_OF_8_BITS     7u
#define SPI_SEND_ONLY            (1u << 10)
#define SPI_SEND_THEN_RECEIVE    (3u << 10)
#define SPI_STATUS_BUSY          0x01u
#define SPI_STATUS_SEND_EMPTY    0x04u
/* Entries of both FIFOs. Chip select ends when the transmit FIFO runs empty, so a transfer is at most this long. */
#define SPI_FIFO_ENTRIES         32u

#endif
