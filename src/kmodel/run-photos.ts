import { UserError } from '../base/user-error';
import type { KmodelDependencies } from './kmodel-dependencies';
import { planarPicture } from './simulator/picture-input';
import { Simulator } from './simulator/simulate';
import type { LayerKind } from './v3/layer-layouts';
import type { Program } from './v3/program';

/** Layers whose result is bytes; a model that ends in another gives floats. */
const byteLayers: ReadonlySet<LayerKind> = new Set([
  'conv', 'quantizedAdd', 'quantizedMaxPool2d', 'quantize', 'requantize', 'quantizedConcat', 'quantizedResizeNearestNeighbor', 'addPadding', 'removePadding', 'upload',
]);

export interface PhotoOutputs {
  readonly photo: string;
  /** One per output of the model. */
  readonly outputs: readonly (readonly number[])[];
}

export interface PhotoRunOptions {
  /** Finds and aligns the faces first. */
  readonly align: boolean;
  /** How the model's crops are cut; undefined: arcface-112. */
  readonly template: string | undefined;
}

/** Runs photos through models of version 3 in the simulator, one after the other. */
export class PhotoRunner {
  private readonly simulator: Simulator;
  private readonly givesFloats: boolean;

  /** @throws UserError when the model does not take pictures */
  constructor(
    program: Program,
    private readonly file: string,
    private readonly dependencies: KmodelDependencies,
    private readonly options: PhotoRunOptions,
  ) {
    this.simulator = new Simulator(program, file);
    const last = program.layers.at(-1);
    this.givesFloats = last !== undefined && !byteLayers.has(last.kind);
    const broken = program.outputs.find(({ sizeBytes }) => this.givesFloats && sizeBytes % 4 !== 0);
    if (broken) throw new UserError(`${file} ends in floats, but has an output of ${broken.sizeBytes} bytes.`, 'The file is damaged: copy or convert the model again.');
  }

  /** @throws UserError naming the photo that cannot be read or shows no face */
  async run(photo: string): Promise<PhotoOutputs> {
    const { input } = this.simulator;
    if (input.kind !== 'picture' || (input.channels !== 1 && input.channels !== 3)) throw new UserError(`${this.file} does not take pictures as input.`, 'Give a model that begins with a convolution over 1 or 3 channels.');
    const rgb = await this.read(photo, input.width, input.height);
    const outputs = this.simulator.run(planarPicture(rgb, input.channels));
    return { photo, outputs: outputs.map((bytes) => [...(this.givesFloats ? new Float32Array(bytes.buffer) : bytes)]) };
  }

  private async read(photo: string, width: number, height: number): Promise<Uint8Array> {
    if (!this.options.align) return this.dependencies.readPhoto(photo, width, height);
    if (width !== height) throw new UserError(`${this.file} takes ${width} x ${height} pixels, but aligned faces are square.`, 'Leave --align out.');
    const crop = await this.dependencies.alignPhoto(photo, width, this.options.template);
    if (!crop) throw new UserError(`No face was found in ${photo}.`, 'Give a photo that shows one face clearly, or leave --align out.');
    return crop;
  }
}
