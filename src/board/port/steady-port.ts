/** What `serialport` does on the operating system's port; its interface `BindingPortInterface`, with the sockets of Linux and macOS. */
export interface SystemPort {
  readonly openOptions: object;
  readonly isOpen: boolean;
  /** Waits for the device to have or to take bytes; Windows has none. */
  readonly poller?: Poller | undefined;
  close(): Promise<void>;
  read(buffer: Buffer, offset: number, length: number): Promise<{ buffer: Buffer; bytesRead: number }>;
  write(buffer: Buffer): Promise<void>;
  update(options: object): Promise<void>;
  set(options: object): Promise<void>;
  get(): Promise<object>;
  getBaudRate(): Promise<{ baudRate: number }>;
  flush(): Promise<void>;
  drain(): Promise<void>;
}

interface Poller {
  poll(events: number): void;
  listenerCount(event: 'readable' | 'writable'): number;
  /** Ends all waiting with an error that says so. */
  stop(): void;
}

/** Of libuv's `uv_poll_event`. */
const readable = 1;
const writable = 2;
/** For what runs in the system while the port is closed; a driver that hangs must not hold the port for ever. */
const settleLimitMs = 1500;

/**
 * A port of `serialport` without two defects of its bindings (13.0 of the package, on Linux and macOS):
 *
 * - Its poller replaces what it waits for instead of adding to it. A write that waits for room is forgotten as soon as a read waits for
 *   bytes, and never goes on when the device says nothing more.
 * - It closes the port under operations that are still in the thread pool. They keep the file and its lock, so that the port is "in use"
 *   when it is opened again at once; and one that has not begun yet meets whatever file got the same number.
 */
export class SteadyPort implements SystemPort {
  private readonly running = new Set<Promise<unknown>>();
  private closing = false;

  constructor(private readonly port: SystemPort) {
    const { poller } = port;
    if (poller === undefined) return;
    const poll = poller.poll.bind(poller);
    poller.poll = (events) => {
      poll(events | (poller.listenerCount('readable') > 0 ? readable : 0) | (poller.listenerCount('writable') > 0 ? writable : 0));
      // The caller begins to listen after this call.
      if (this.closing) queueMicrotask(() => poller.stop());
    };
  }

  get openOptions(): object {
    return this.port.openOptions;
  }

  get isOpen(): boolean {
    return this.port.isOpen && !this.closing;
  }

  async close(): Promise<void> {
    this.closing = true;
    this.port.poller?.stop();
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([Promise.allSettled(this.running), new Promise((resolve) => (timer = setTimeout(resolve, settleLimitMs)))]);
    clearTimeout(timer);
    await this.port.close();
  }

  read(buffer: Buffer, offset: number, length: number): Promise<{ buffer: Buffer; bytesRead: number }> {
    return this.run(() => this.port.read(buffer, offset, length));
  }

  write(buffer: Buffer): Promise<void> {
    return this.run(() => this.port.write(buffer));
  }

  update(options: object): Promise<void> {
    return this.run(() => this.port.update(options));
  }

  set(options: object): Promise<void> {
    return this.run(() => this.port.set(options));
  }

  get(): Promise<object> {
    return this.run(() => this.port.get());
  }

  getBaudRate(): Promise<{ baudRate: number }> {
    return this.run(() => this.port.getBaudRate());
  }

  flush(): Promise<void> {
    return this.run(() => this.port.flush());
  }

  drain(): Promise<void> {
    return this.run(() => this.port.drain());
  }

  private async run<Result>(operation: () => Promise<Result>): Promise<Result> {
    if (this.closing) throw Object.assign(new Error('Port is not open'), { canceled: true });
    const result = operation();
    this.running.add(result);
    try {
      return await result;
    } finally {
      this.running.delete(result);
    }
  }
}
