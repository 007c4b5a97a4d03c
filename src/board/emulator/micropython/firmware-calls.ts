import * as z from 'zod';
import type { BoardMachine } from '../board-program';
import { errno, VolumeError, type BoardVolume } from './board-volume';

/** A model that the simulated KPU has loaded. */
export interface LoadedKpuModel {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  /** @param input bytes [channels][height][width] @returns the model's first output */
  run(input: Uint8Array): Float32Array;
}

/**
 * What stands for the KPU: reads a .kmodel (what follows its end does not matter).
 * @throws Error with a sentence when it is no model
 */
export type KpuSimulator = (kmodel: Uint8Array) => LoadedKpuModel;

export interface CallSurroundings {
  readonly machine: BoardMachine;
  readonly volumes: Readonly<Record<string, BoardVolume>>;
  readonly kpu: KpuSimulator | undefined;
  readonly family: 'maixpy' | 'canmv';
  /** Whether programs can reach the prompt's own UART. */
  readonly hasReplUart: boolean;
  setRate(baudRate: number): void;
}

/** What a card and a flash write per second, roughly; reading is several times faster. */
const writeBytesPerMs = 400;
/** The KPU works at about this rate for a face network (the latency model of the converter is finer). */
const kpuMs = 30;

const arguments_ = {
  text: z.tuple([z.string()]),
  volume: z.tuple([z.string(), z.string()]),
  open: z.tuple([z.string(), z.string(), z.string()]),
  read: z.tuple([z.string(), z.number(), z.number()]),
  write: z.tuple([z.string(), z.number(), z.string()]),
  seek: z.tuple([z.string(), z.number(), z.number(), z.number()]),
  handle: z.tuple([z.string(), z.number()]),
  flash: z.tuple([z.number(), z.number()]),
  number: z.tuple([z.number()]),
  handles: z.tuple([z.number(), z.number()]),
} as const;

/** Answers what the Python shims ask of the board. */
export class FirmwareCalls {
  private readonly models: LoadedKpuModel[] = [];
  /** The camera of the virtual board shows the same picture again and again: its answer is known. */
  private readonly known = new Map<string, string>();
  private readonly inputs: Uint8Array[] = [];

  constructor(private readonly around: CallSurroundings) {}

  /** JSON in, JSON out: `{"value": ...}`, `{"errno": n}` or `{"error": "..."}`. */
  answer(operation: string, json: string): string | Promise<string> {
    const { machine } = this.around;
    try {
      const value = JSON.stringify({ value: this.perform(operation, JSON.parse(json)) ?? null });
      const ms = operation === 'write' ? json.length / writeBytesPerMs : operation === 'kpu-run' ? kpuMs : 0;
      return ms === 0 ? value : machine.spend(ms).then(() => value);
    } catch (error) {
      if (error instanceof VolumeError) return JSON.stringify({ errno: error.errno });
      return JSON.stringify({ error: error instanceof Error ? error.message : String(error) });
    }
  }

  private perform(operation: string, values: unknown): unknown {
    switch (operation) {
      case 'open': {
        const [volume, path, mode] = arguments_.open.parse(values);
        return this.volume(volume).openFile(path, mode);
      }
      case 'read': {
        const [volume, handle, count] = arguments_.read.parse(values);
        return Buffer.from(this.volume(volume).readFile(handle, count)).toString('base64');
      }
      case 'write': {
        const [volume, handle, base64] = arguments_.write.parse(values);
        return this.volume(volume).writeFile(handle, Buffer.from(base64, 'base64'));
      }
      case 'seek': {
        const [volume, handle, offset, whence] = arguments_.seek.parse(values);
        return this.volume(volume).seek(handle, offset, whence);
      }
      case 'close': {
        const [volume, handle] = arguments_.handle.parse(values);
        return this.volume(volume).close(handle);
      }
      case 'stat': {
        const [volume, path] = arguments_.volume.parse(values);
        const { folder, bytes } = this.volume(volume).stat(path);
        return [folder ? 1 : 0, bytes];
      }
      case 'list': {
        const [volume, path] = arguments_.volume.parse(values);
        return this.volume(volume).list(path).map(({ name, folder, bytes }) => [name, folder ? 1 : 0, bytes]);
      }
      case 'mkdir': {
        const [volume, path] = arguments_.volume.parse(values);
        return this.volume(volume).makeFolder(path);
      }
      case 'remove': {
        const [volume, path] = arguments_.volume.parse(values);
        return this.volume(volume).remove(path);
      }
      case 'rename': {
        const [volume, from, to] = arguments_.open.parse(values);
        return this.volume(volume).rename(from, to);
      }
      case 'space': {
        const { blockBytes, blocks, freeBlocks } = this.volume(arguments_.text.parse(values)[0]).space;
        return [blockBytes, blocks, freeBlocks];
      }
      default:
        return this.performOnChip(operation, values);
    }
  }

  private performOnChip(operation: string, values: unknown): unknown {
    const { machine } = this.around;
    switch (operation) {
      case 'flash-read': {
        const [address, count] = arguments_.flash.parse(values);
        return Buffer.from(machine.flash.memory.subarray(address, address + count)).toString('base64');
      }
      case 'firmware':
        return [this.around.family, this.around.hasReplUart ? 1 : 0];
      case 'set-rate':
        return this.around.setRate(arguments_.number.parse(values)[0]);
      case 'reset':
        return machine.reset();
      case 'kpu-load-file': {
        const [volume, path] = arguments_.volume.parse(values);
        const content = this.volume(volume).read(path);
        if (!content) throw new VolumeError(errno.noEntry);
        return this.load(content);
      }
      case 'kpu-load-flash':
        return this.load(machine.flash.memory.subarray(arguments_.number.parse(values)[0]));
      case 'kpu-input':
        return this.inputs.push(Uint8Array.from(Buffer.from(arguments_.text.parse(values)[0], 'base64'))) - 1;
      case 'kpu-run': {
        const [model, input] = arguments_.handles.parse(values);
        const key = `${model} ${input}`;
        const output = this.known.get(key) ?? this.run(model, input);
        this.known.set(key, output);
        return output;
      }
      default:
        throw new Error(`the board has no operation ${operation}`);
    }
  }

  private run(index: number, inputIndex: number): string {
    const model = this.models[index];
    const input = this.inputs[inputIndex];
    if (!model || !input) throw new Error('no such model or picture');
    const embedding = model.run(input.subarray(0, model.width * model.height * model.channels));
    return Buffer.from(embedding.buffer, embedding.byteOffset, embedding.byteLength).toString('base64');
  }

  private load(kmodel: Uint8Array): [number, number, number, number] {
    const { kpu } = this.around;
    if (!kpu) throw new Error('the virtual board was started without a KPU');
    const model = kpu(kmodel);
    return [this.models.push(model) - 1, model.width, model.height, model.channels];
  }

  private volume(name: string): BoardVolume {
    const volume = this.around.volumes[name];
    if (!volume) throw new VolumeError(errno.noDevice);
    return volume;
  }
}
