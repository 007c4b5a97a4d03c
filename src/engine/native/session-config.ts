import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

/** Sizes of TensorFlow's two thread pools; 0 lets TensorFlow choose. */
export interface ThreadCounts {
  /** Threads that share the work of one operation. */
  readonly intraOp: number;
  /** Operations that run at the same time. */
  readonly interOp: number;
}

/** tensorflow.ConfigProto (tensorflow/core/protobuf/config.proto) with these thread counts. */
export function encodeSessionConfig(threads: ThreadCounts): Uint8Array {
  return new BinaryWriter()
    .tag(2, WireType.Varint).int32(threads.intraOp)
    .tag(5, WireType.Varint).int32(threads.interOp)
    .finish();
}
