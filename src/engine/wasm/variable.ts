import type * as tfjs from '@tensorflow/tfjs';

/** A variable of an interpreted graph. It owns its tensor. */
export class Variable {
  private tensor: tfjs.Tensor | undefined;

  constructor(readonly name: string) {}

  /** @throws Error when nothing was assigned yet */
  get value(): tfjs.Tensor {
    if (!this.tensor) throw new Error(`variable ${this.name} has no value yet`);
    return this.tensor;
  }

  /** Takes a copy of `value`, which may be computed from the present value. */
  assign(tf: typeof tfjs, value: tfjs.Tensor): void {
    const kept = tf.keep(value.clone());
    this.tensor?.dispose();
    this.tensor = kept;
  }

  dispose(): void {
    this.tensor?.dispose();
    this.tensor = undefined;
  }
}
