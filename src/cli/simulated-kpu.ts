import type { KpuSimulator } from '../board/emulator/micropython/firmware-calls';
import { UserError } from '../base/user-error';
import { readKmodel } from '../kmodel/read-kmodel';
import { Simulator } from '../kmodel/simulator/simulate';

/** The KPU of the virtual board: the simulator, which computes as the chip does, bit by bit. */
export const simulatedKpu: KpuSimulator = (bytes) => {
  const name = 'the model on the board';
  const kmodel = readKmodel(bytes, name);
  if (kmodel.version !== 3) throw new UserError('ERR_KMODEL_VERSION: only support kmodel V3.', 'Convert the model to version 3.');
  const simulator = new Simulator(kmodel.program, name);
  const { input } = simulator;
  if (input.kind !== 'picture') throw new UserError('ERR_GET_CONV_LAYER: first layer should be conv layer.', 'Give a model of pictures.');
  return {
    width: input.width, height: input.height, channels: input.channels,
    run(pixels) {
      const [output] = simulator.run(pixels);
      if (output === undefined) throw new Error('The program has no output');
      return new Float32Array(Uint8Array.from(output).buffer);
    },
  };
};
