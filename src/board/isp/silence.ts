import { BoardError } from '../board-error';
import type { IspLink } from './isp-link';

/** Share of readable characters from which bytes are taken for text. */
const textShare = 0.85;
const fewestTextBytes = 8;
const buttonHint = 'Hold BOOT, press and release RESET, release BOOT';

/**
 * Why nobody answered the greeting, as far as the bytes tell that came instead: none, a firmware's text, or noise.
 * @param otherPort the second port of a board with two, if it has one
 */
export function explainSilence(link: IspLink, tried: string, otherPort: string | undefined): BoardError {
  const { path } = link.transport;
  const received = link.received.bytes();
  const other = otherPort === undefined ? '' : ` or try the board's other port ${otherPort},`;
  if (received.length === 0) {
    return new BoardError(
      'K2-ISP-SILENT', `Nothing came from ${path} (tried: ${tried}).`,
      `${buttonHint}, and start again right away;${other} check the cable (some only charge) and that the port is the board's.`,
      { isOtherPortWorthTrying: true },
    );
  }
  if (looksLikeText(received)) {
    return new BoardError(
      'K2-ISP-BOOTLOG', `The board on ${path} started its firmware instead of waiting for an upload (tried: ${tried}); it said "${lastLine(received)}".`,
      `${buttonHint}, and start again right away: on this board the port does not pull the BOOT line.`,
    );
  }
  return new BoardError(
    'K2-ISP-GARBAGE', `What came from ${path} is neither an answer nor text (${link.received.totalBytes} bytes; tried: ${tried}).`,
    `Check that it is the board's port,${other} and ground and cable; ${buttonHint.toLowerCase()} to start by hand.`,
    { isOtherPortWorthTrying: true },
  );
}

/** Whether bytes read like the log of a firmware. */
export function looksLikeText(bytes: Uint8Array): boolean {
  const readable = bytes.filter((byte) => (byte >= 0x20 && byte < 0x7f) || byte === 0x0a || byte === 0x0d || byte === 0x09).length;
  return bytes.length >= fewestTextBytes && readable >= textShare * bytes.length;
}

/** The last line of a log that says something. */
function lastLine(bytes: Uint8Array): string {
  const lines = new TextDecoder('latin1').decode(bytes).split(/[\r\n]+/u).map((line) => line.replace(/[^ -~]/gu, '').trim());
  return (lines.filter((line) => line !== '').at(-1) ?? '').slice(-80);
}
