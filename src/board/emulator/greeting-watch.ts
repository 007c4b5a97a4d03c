import { parseRequest, requestHeaderBytes, romOp } from '../isp/packet';
import { SlipDecoder } from '../isp/slip';
import { ByteLog } from '../isp/byte-log';

const shortGreetingBytes = 14;

/** Finds a client's greeting to the boot ROM in what another program on the board receives. */
export class GreetingWatch {
  private readonly decoder = new SlipDecoder(new ByteLog(0), requestHeaderBytes);

  /** Whether a whole greeting ends within `bytes`. */
  sees(bytes: Uint8Array): boolean {
    return this.decoder.push(bytes).some((frame) => {
      if (frame.length === shortGreetingBytes) return frame[0] === romOp.nop && frame.subarray(1).every((byte) => byte === 0);
      const request = parseRequest(frame);
      return request?.op === romOp.nop && request.crcFits && request.address === 0 && request.length === 0;
    });
  }
}
