import type { PageReply, PageRequest } from '../../src/protocol/page';

interface VsCodeApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}

declare function acquireVsCodeApi(): VsCodeApi;

const requestTimeoutMs = 30_000;

interface PendingRequest {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly timer: ReturnType<typeof setTimeout> | undefined;
}

/** The page's one connection to the host. */
export class HostChannel<Message extends { readonly kind: string }, Request extends PageRequest> {
  private readonly api = acquireVsCodeApi();
  private readonly pending = new Map<number, PendingRequest>();
  private nextId = 1;

  constructor(onMessage: (message: Message) => void) {
    window.addEventListener('message', (event: MessageEvent<Message | PageReply>) => {
      const { data } = event;
      if (isReply(data)) this.settle(data);
      else onMessage(data);
    });
  }

  /** Asks for what the page shows. */
  ready(): void {
    this.api.postMessage({ kind: 'ready' });
  }

  /**
   * @param options `waits`: the host asks the user or runs a job before it answers, so no limit holds
   * @returns the result, undefined when the request has none
   * @throws Error with the host's sentence, empty when the user cancelled; or when no answer came in 30 s
   */
  request(request: Request, { waits = false } = {}): Promise<unknown> {
    const id = this.nextId++;
    return new Promise((resolve, reject) => {
      const late = (): void => this.settle({ kind: 'reply', id, error: 'The editor did not answer within 30 s.' });
      const timer = waits ? undefined : setTimeout(late, requestTimeoutMs);
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

  private settle({ id, error, result }: PageReply): void {
    const request = this.pending.get(id);
    if (request === undefined) return;
    this.pending.delete(id);
    clearTimeout(request.timer);
    if (error === undefined) request.resolve(result);
    else request.reject(new Error(error));
  }
}

function isReply(message: { readonly kind: string }): message is PageReply {
  return message.kind === 'reply';
}
