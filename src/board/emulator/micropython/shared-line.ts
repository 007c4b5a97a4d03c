/**
 * Memory that the virtual board and its interpreter, which runs in a thread of its own, share: who is doing what, and the receive ring
 * of the serial line. Whoever waits does so on one word by `Atomics.wait`, so that a Python program may block, as on a chip.
 */

/** What the interpreter is doing. */
export const interpreterState = { starting: 0, running: 1, waitsForInput: 2, sleeps: 3, calls: 4, ended: 5 } as const;

/** Words of the shared memory. */
const word = { state: 0, wake: 1, head: 2, tail: 3, ringBytes: 4, interruptKey: 5, interrupted: 6, executing: 7, nowMs: 8, cardMounted: 9, count: 10 } as const;

/** The most that a program may ask for as `read_buf_len`. */
const mostRingBytes = 65_536;
/** No key interrupts, as after `micropython.kbd_intr(-1)`. */
export const noInterruptKey = -1;
export const controlC = 3;

export class SharedLine {
  private readonly words: Int32Array;
  private readonly ring: Uint8Array;

  constructor(readonly memory = new SharedArrayBuffer(4 * word.count + mostRingBytes)) {
    this.words = new Int32Array(memory, 0, word.count);
    this.ring = new Uint8Array(memory, 4 * word.count);
  }

  get state(): number {
    return Atomics.load(this.words, word.state);
  }

  /** Clock of the board in milliseconds, as of when it was last set going. */
  get nowMs(): number {
    return Atomics.load(this.words, word.nowMs);
  }

  get isCardMounted(): boolean {
    return Atomics.load(this.words, word.cardMounted) === 1;
  }

  mountCard(): void {
    Atomics.store(this.words, word.cardMounted, 1);
  }

  /** Board side: lets the interpreter go on. */
  resume(nowMs: number): void {
    Atomics.store(this.words, word.nowMs, Math.trunc(nowMs));
    Atomics.store(this.words, word.state, interpreterState.running);
    Atomics.add(this.words, word.wake, 1);
    Atomics.notify(this.words, word.wake);
  }

  /** Board side: waits until the interpreter blocks; false when it still runs after `limitMs`. */
  waitWhile(state: number, limitMs: number): boolean {
    return Atomics.wait(this.words, word.state, state, limitMs) !== 'timed-out';
  }

  /** Interpreter side: says why it stops, and stops until it is resumed. */
  block(state: number): void {
    const wake = Atomics.load(this.words, word.wake);
    Atomics.store(this.words, word.state, state);
    Atomics.notify(this.words, word.state);
    // A notification may come late: that of the time before, when its sender was held up between counting and notifying.
    while (Atomics.load(this.words, word.wake) === wake) Atomics.wait(this.words, word.wake, wake);
  }

  /** Interpreter side: while code runs, Ctrl+C interrupts it instead of being read. */
  setExecuting(executing: boolean): void {
    Atomics.store(this.words, word.executing, executing ? 1 : 0);
  }

  get isExecuting(): boolean {
    return Atomics.load(this.words, word.executing) === 1;
  }

  get interruptKey(): number {
    return Atomics.load(this.words, word.interruptKey);
  }

  setInterruptKey(key: number): void {
    Atomics.store(this.words, word.interruptKey, key);
  }

  interrupt(): void {
    Atomics.store(this.words, word.interrupted, 1);
  }

  get isInterrupted(): boolean {
    return Atomics.load(this.words, word.interrupted) === 1;
  }

  /** Whether an interrupt came since the last call. */
  takeInterrupt(): boolean {
    return Atomics.exchange(this.words, word.interrupted, 0) === 1;
  }

  /** @param bytes size of the receive ring; what it held is lost */
  resizeRing(bytes: number): void {
    Atomics.store(this.words, word.ringBytes, Math.min(Math.max(bytes, 16), mostRingBytes));
    Atomics.store(this.words, word.head, 0);
    Atomics.store(this.words, word.tail, 0);
  }

  /** Bytes that can be read. */
  get available(): number {
    const size = Atomics.load(this.words, word.ringBytes);
    return (Atomics.load(this.words, word.head) - Atomics.load(this.words, word.tail) + size) % size;
  }

  /** Puts a byte into the ring; a full ring loses it without a word, as the firmware's does. */
  put(byte: number): boolean {
    const size = Atomics.load(this.words, word.ringBytes);
    const head = Atomics.load(this.words, word.head);
    const next = (head + 1) % size;
    if (next === Atomics.load(this.words, word.tail)) return false;
    this.ring[head] = byte;
    Atomics.store(this.words, word.head, next);
    return true;
  }

  /** Undefined when the ring is empty. */
  take(): number | undefined {
    const tail = Atomics.load(this.words, word.tail);
    if (tail === Atomics.load(this.words, word.head)) return undefined;
    const byte = this.ring[tail];
    Atomics.store(this.words, word.tail, (tail + 1) % Atomics.load(this.words, word.ringBytes));
    return byte;
  }
}
