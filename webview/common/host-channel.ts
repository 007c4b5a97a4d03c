import type { HostMessage, PanelRequest } from '../../src/protocol/training-panel';

interface VsCodeApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}

declare function acquireVsCodeApi(): VsCodeApi;

const requestTimeoutMs = 30_000;

interface PendingRequest {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
  readonly timer: ReturnType<typeof setTimeout>;
}

/** The page's one connection to the host. */
export class HostChannel {
  private readonly api = acquireVsCodeApi();
  private readonly pending = new Map<number, PendingRequest>();
  private nextId = 1;

  constructor(onMessage: (message: Exclude<HostMessage, { kind: 'reply' }>) => void) {
    window.addEventListener('message', (event: MessageEvent<HostMessage>) => {
      if (event.data.kind === 'reply') this.settle(event.data.id, event.data.error);
      else onMessage(event.data);
    });
  }

  /** Asks for a snapshot. */
  ready(): void {
    this.api.postMessage({ kind: 'ready' });
  }

  /** @throws Error with the host's sentence, or when no answer came in 30 s */
  request(request: PanelRequest): Promise<void> {
    const id = this.nextId++;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.settle(id, 'The editor did not answer within 30 s.'), requestTimeoutMs);
      this.pending.set(id, { resolve, reject, timer });
      this.api.postMessage({ kind: 'request', id, request });
    });
  }

  loadState(): unknown {
    return this.api.getState();
  }

  saveState(state: unknown): void {
    this.api.setState(state);
  }

  private settle(id: number, error: string | undefined): void {
    const request = this.pending.get(id);
    if (request === undefined) return;
    this.pending.delete(id);
    clearTimeout(request.timer);
    if (error === undefined) request.resolve();
    else request.reject(new Error(error));
  }
}
