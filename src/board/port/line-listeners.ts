import type { DisposableLike } from '../../base/disposable';
import type { PortLoss } from './transport';

type DataListener = (bytes: Uint8Array) => void;
type LossListener = (loss: PortLoss) => void;

/** Who wants to know what arrives on a line, and that it is lost: `onData` and `onLoss` of a `Transport`. */
export class LineListeners {
  private readonly ofData = new Set<DataListener>();
  private readonly ofLoss = new Set<LossListener>();

  onData(listener: DataListener): DisposableLike {
    this.ofData.add(listener);
    return { dispose: () => this.ofData.delete(listener) };
  }

  onLoss(listener: LossListener): DisposableLike {
    this.ofLoss.add(listener);
    return { dispose: () => this.ofLoss.delete(listener) };
  }

  /** Tells those who listen now; who comes or goes meanwhile does not change that. */
  data(bytes: Uint8Array): void {
    for (const listener of [...this.ofData]) listener(bytes);
  }

  loss(loss: PortLoss): void {
    for (const listener of [...this.ofLoss]) listener(loss);
  }
}
